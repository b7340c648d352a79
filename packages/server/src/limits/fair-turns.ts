/**
 * A bounded number of turns for work that takes long. No group (a network, an account) has all of them at a time; when a turn is
 * free, it goes to the group that has the fewest and waited longest. When the queue is full, the group that waits most loses its place.
 */
export interface TurnLimits {
  readonly turns: number;
  /** Of one group at a time. */
  readonly turnsOfGroup: number;
  readonly mostWaiting: number;
}

interface Job {
  /** The coarsest first. */
  readonly groups: readonly string[];
  readonly start: () => void;
  readonly refuse: () => void;
}

interface Group {
  running: number;
  waiting: number;
  /** Number of its latest start. */
  latest: number;
}

const NONE: Readonly<Group> = { running: 0, waiting: 0, latest: 0 };

export class FairTurns {
  readonly #limits: TurnLimits;
  readonly #refusal: () => Error;
  /** The oldest first. */
  readonly #queue: Job[] = [];
  /** Those of which something runs or waits. */
  readonly #groups = new Map<string, Group>();
  #running = 0;
  #starts = 0;

  /** `refusal` is what work without a place in the queue is refused with. */
  constructor(limits: TurnLimits, refusal: () => Error) {
    this.#limits = limits;
    this.#refusal = refusal;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  run<Result>(groups: readonly string[], work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const start = (): void => {
        const result = Promise.try(work);
        resolve(result);
        const end = (): void => this.#end(groups);
        result.then(end, end);
      };
      const job = { groups, start, refuse: () => reject(this.#refusal()) };
      this.#queue.push(job);
      for (const name of groups) this.#group(name).waiting += 1;
      this.#startWaiting();
      if (this.#queue.length > this.#limits.mostWaiting) this.#leave(this.#onePlaceTooMany());
    });
  }

  #end(groups: readonly string[]): void {
    this.#running -= 1;
    for (const name of groups) this.#group(name).running -= 1;
    this.#startWaiting();
    for (const name of groups) this.#forgetIdle(name);
  }

  #startWaiting(): void {
    while (this.#running < this.#limits.turns) {
      const next = this.#next();
      if (next === null) return;
      this.#queue.splice(this.#queue.indexOf(next), 1);
      this.#running += 1;
      this.#starts += 1;
      for (const name of next.groups) {
        const group = this.#group(name);
        group.waiting -= 1;
        group.running += 1;
        group.latest = this.#starts;
      }
      next.start();
    }
  }

  #next(): Job | null {
    let best: Job | null = null;
    for (const job of this.#queue) {
      if (job.groups.some((name) => this.#look(name).running >= this.#limits.turnsOfGroup))
        continue;
      if (best === null || this.#compare(job, best) < 0) best = job;
    }
    return best;
  }

  /** Negative when the first is to be started before the second. */
  #compare(one: Job, other: Job): number {
    for (const [at, name] of one.groups.entries()) {
      const [a, b] = [this.#look(name), this.#look(other.groups[at] ?? '')];
      const difference = a.running - b.running || a.latest - b.latest;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** The newest one of the group that waits most. */
  #onePlaceTooMany(): Job {
    const most = (job: Job): number =>
      Math.max(0, ...job.groups.map((name) => this.#look(name).waiting));
    return this.#queue.reduce((crowded, job) => (most(job) >= most(crowded) ? job : crowded));
  }

  #leave(job: Job): void {
    this.#queue.splice(this.#queue.indexOf(job), 1);
    for (const name of job.groups) {
      this.#group(name).waiting -= 1;
      this.#forgetIdle(name);
    }
    job.refuse();
  }

  #look(name: string): Readonly<Group> {
    return this.#groups.get(name) ?? NONE;
  }

  #group(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { ...NONE };
      this.#groups.set(name, group);
    }
    return group;
  }

  #forgetIdle(name: string): void {
    const { running, waiting } = this.#look(name);
    if (running + waiting === 0) this.#groups.delete(name);
  }
}
