/**
 * Writes that wait for the same disk write share it. While one commit is under way, work queues up; then all of it runs
 * in one transaction, each piece in its own savepoint, and is answered after the one commit. Never answers before.
 */
export interface Transactional {
  /** Ends by itself what an earlier transaction may have left open. */
  begin(): Promise<void>;
  /** `false` when the engine gave the transaction up by itself. */
  isOpen(): boolean;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  savepoint(): Promise<void> | void;
  releaseSavepoint(): Promise<void> | void;
  rollbackToSavepoint(): Promise<void> | void;
}

interface Job {
  /** In a transaction of its own, where no other piece can fail for it. */
  readonly isAlone: boolean;
  readonly run: () => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const turnOfEventLoop = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

type Settled = { readonly job: Job; readonly settle: () => void };

/** One huge group would make its first member wait for its last. */
const MOST_IN_GROUP = 64;

export class GroupCommit {
  readonly #database: Transactional;
  #queue: Job[] = [];
  #isDraining = false;

  constructor(database: Transactional) {
    this.#database = database;
  }

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#enqueue(work, false);
  }

  /** As `run`, in a transaction of its own. */
  runAlone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#enqueue(work, true);
  }

  #enqueue<Result>(work: () => Promise<Result>, isAlone: boolean): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      // The job forgets the type of its result; this closure is the only place that gets it back.
      const settle = { resolve: resolve as (result: unknown) => void, reject };
      this.#queue.push({ run: work, isAlone, ...settle });
      if (!this.#isDraining) this.#drain().catch((error: unknown) => this.#giveUp(error));
    });
  }

  /** Whatever ends the drain early, those who wait are told and the next one starts it again. */
  #giveUp(error: unknown): void {
    this.#isDraining = false;
    for (const job of this.#queue.splice(0)) job.reject(error);
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    while (this.#queue.length > 0) {
      // A commit that blocks lets requests pile up; all that the event loop has read of them by now joins the group.
      await turnOfEventLoop();
      await this.#commit(this.#queue.splice(0, this.#sizeOfNext()));
    }
    this.#isDraining = false;
  }

  #sizeOfNext(): number {
    const alone = this.#queue.findIndex(({ isAlone }) => isAlone);
    return alone === -1 ? MOST_IN_GROUP : Math.min(MOST_IN_GROUP, Math.max(1, alone));
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    try {
      await this.#database.begin();
    } catch (error) {
      // Those who queued up meanwhile would wait as long again, one group after the other.
      for (const job of [...jobs, ...this.#queue.splice(0)]) job.reject(error);
      return;
    }
    const settled: Settled[] = [];
    try {
      for (const job of jobs) settled.push(await this.#runOne(job));
      await this.#database.commit();
    } catch (error) {
      await this.#database.rollback().catch(() => undefined);
      // Nothing of the group is kept, so every member is told, those that had failed by themselves included.
      for (const job of jobs) job.reject(error);
      return;
    }
    for (const { settle } of settled) settle();
  }

  async #runOne(job: Job): Promise<Settled> {
    await this.#database.savepoint();
    try {
      const result = await job.run();
      await this.#database.releaseSavepoint();
      return { job, settle: () => job.resolve(result) };
    } catch (error) {
      // A full disk can end the whole transaction; then there is no savepoint to go back to.
      if (!this.#database.isOpen()) throw error;
      await this.#database.rollbackToSavepoint();
      return { job, settle: () => job.reject(error) };
    }
  }
}
