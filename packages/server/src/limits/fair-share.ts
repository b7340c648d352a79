/**
 * Keeps one subject (a user, a client) from taking the database and the thread for itself. Few requests of one subject are worked
 * on at a time; its others wait, and nobody else does. While others ask too, a subject that used the thread pauses for longer than
 * it used it, so that most requests of others find the thread free. A subject that is alone never pauses, and one that
 * sends a request at a time seldom.
 */
import type { AtHand } from '../kit/at-hand.ts';
import { idleMilliseconds, type Elapsed } from '../kit/clock.ts';

/**
 * What changes nothing does not wait for what does: a write may wait for a lock that somebody else holds. A check is answered
 * from memory, or by a statement that it shares with those of others, so that it keeps no connection from anybody.
 */
export type Lane = 'read' | 'write' | 'check';

/** Of a route. */
export const laneOf = (method: string): Lane => (method === 'GET' ? 'read' : 'write');

/** Requests of one subject at a time. */
export interface LaneLimits {
  /** While no other subject asks. */
  readonly alone: number;
  readonly amongOthers: number;
}

export interface ShareLimits {
  readonly lanes: Readonly<Record<Lane, LaneLimits>>;
  /** Of one subject in one lane. */
  readonly mostWaiting: number;
  readonly waitSeconds: number;
}

/** Nothing was done: the subject's own requests are in the way. */
export class TooMuchOfOne extends Error {
  readonly isTemporary = true as const;

  constructor(why: string) {
    super(why);
    this.name = 'TooMuchOfOne';
  }
}

/** Milliseconds of the thread that a request takes before and after its work: reading, sending, collecting garbage. */
const OVERHEAD = { atFirst: 0.05, least: 0.02, most: 2 };
/** How often it is measured, and of how many requests at least. */
const MEASURED = { milliseconds: 100, requests: 20 };
/** Milliseconds to pause for each that was used. */
const PAUSE = 2;
/** Milliseconds of pauses that a subject may be behind with: a page and what it loads come at once. */
const LENIENCE = 5;
/**
 * The same for one that sends a request when the one before was answered. So do many connections, each of which is answered
 * before the next is read: beyond this they pause too.
 */
const MOST_OWED = 50;
/** Milliseconds. */
const LONGEST_PAUSE = 1000;
/** So many that wait show that a subject asks for more than it is given. Then the database is spared as the thread is. */
const CROWD = 4;
/** Others that asked so long ago may ask again. */
const REMEMBERED_MILLISECONDS = 10_000;
/** Subjects that are kept although nothing of theirs is under way. */
const MOST_IDLE = 10_000;

interface Queue {
  running: number;
  /** The oldest first. */
  readonly waiting: Set<() => void>;
}

interface Subject {
  readonly name: string;
  readonly lanes: Readonly<Record<Lane, Queue>>;
  /** In all of them. */
  running: number;
  /** Since when what runs is not charged for: milliseconds, and how many of them the thread was idle; `null` before it first was. */
  since: { at: number; idle: number | null };
  /** When its pauses are over. */
  pausedUntil: number;
  timer: NodeJS.Timeout | null;
  /** In which it asked last although its pauses were not over. */
  turn: number;
}

interface Asked<Result> {
  readonly lane: Lane;
  readonly work: () => AtHand<Result>;
}

interface Started<Result> extends Asked<Result> {
  readonly start: number;
}

const LANES: readonly Lane[] = ['read', 'write', 'check'];

const newQueue = (): Queue => ({ running: 0, waiting: new Set<() => void>() });

const waitingOf = ({ lanes: { read, write, check } }: Subject): number =>
  read.waiting.size + write.waiting.size + check.waiting.size;

export class FairShare {
  readonly #limits: ShareLimits;
  readonly #elapsed: Elapsed;
  readonly #subjects = new Map<string, Subject>();
  /** Who asked last, and who of the others did before. */
  #latest = { name: '', at: -Infinity };
  #before = this.#latest;
  #overhead = OVERHEAD.atFirst;
  /** Since the overhead was measured. */
  #period = { at: 0, idle: 0, used: 0, requests: 0 };
  /** Of the event loop. */
  #turn = 0;
  #isTurnCounted = false;

  constructor(limits: ShareLimits, elapsed: Elapsed) {
    this.#limits = limits;
    this.#elapsed = elapsed;
  }

  /** Runs the work at once where that is possible. Throws `TooMuchOfOne`, now or later, before any of it is done. */
  run<Result>(name: string, lane: Lane, work: () => AtHand<Result>): AtHand<Result> {
    const now = this.#elapsed();
    this.#note(name, now);
    const subject = this.#find(name, now);
    const isFree = subject.lanes[lane].waiting.size === 0 && this.#hasSlot(subject, lane, now);
    const pause = this.#pauseOf(subject, now);
    return isFree && (pause <= 0 || (pause <= MOST_OWED && this.#isOneByOne(subject)))
      ? this.#begin(subject, { lane, work, start: now })
      : this.#wait(subject, { lane, work });
  }

  #note(name: string, at: number): void {
    if (name !== this.#latest.name) {
      this.#before = this.#latest;
      this.#latest = { name, at };
    } else this.#latest.at = at;
  }

  #haveOthersAsked(name: string, now: number): boolean {
    const { at } = this.#latest.name === name ? this.#before : this.#latest;
    return now - at < REMEMBERED_MILLISECONDS;
  }

  #find(name: string, now: number): Subject {
    const known = this.#subjects.get(name);
    if (known !== undefined) return known;
    if (this.#subjects.size >= MOST_IDLE) this.#forgetIdle(now);
    const subject: Subject = {
      name,
      lanes: { read: newQueue(), write: newQueue(), check: newQueue() },
      running: 0,
      since: { at: now, idle: null },
      pausedUntil: 0,
      timer: null,
      turn: -1,
    };
    this.#subjects.set(name, subject);
    return subject;
  }

  #forgetIdle(now: number): void {
    for (const [name, subject] of this.#subjects)
      if (subject.running === 0 && waitingOf(subject) === 0 && subject.pausedUntil <= now)
        this.#subjects.delete(name);
  }

  #hasSlot({ name, lanes }: Subject, lane: Lane, now: number): boolean {
    const { alone, amongOthers } = this.#limits.lanes[lane];
    return lanes[lane].running < (this.#haveOthersAsked(name, now) ? amongOthers : alone);
  }

  #pauseOf({ name, pausedUntil }: Subject, now: number): number {
    return this.#haveOthersAsked(name, now) ? pausedUntil - now - LENIENCE : 0;
  }

  #isOneByOne(subject: Subject): boolean {
    // What is read in one turn of the event loop was sent before any of it was answered.
    const isSecond = subject.running > 0 || subject.turn === this.#thisTurn();
    subject.turn = this.#turn;
    return !isSecond;
  }

  #thisTurn(): number {
    if (!this.#isTurnCounted) {
      this.#isTurnCounted = true;
      setImmediate(() => {
        this.#isTurnCounted = false;
        this.#turn += 1;
      });
    }
    return this.#turn;
  }

  #begin<Result>(subject: Subject, { lane, work, start }: Started<Result>): AtHand<Result> {
    subject.running += 1;
    subject.lanes[lane].running += 1;
    if (subject.running === 1) subject.since = { at: start, idle: null };
    let result: AtHand<Result>;
    try {
      result = work();
    } catch (error) {
      this.#end(subject, lane);
      throw error;
    }
    if (!(result instanceof Promise)) {
      this.#end(subject, lane);
      return result;
    }
    subject.since.idle ??= idleMilliseconds();
    return result.finally(() => this.#end(subject, lane));
  }

  #end(subject: Subject, lane: Lane): void {
    const now = this.#elapsed();
    const used = this.#takeUsed(subject, now) + this.#overhead;
    if (now - this.#period.at >= MEASURED.milliseconds) this.#measureOverhead(now);
    // What it used while it was alone took nothing from anybody.
    if (this.#haveOthersAsked(subject.name, now)) {
      const behind = Math.max(0, subject.pausedUntil - now);
      subject.pausedUntil = now + Math.min(behind + used * PAUSE, LONGEST_PAUSE);
    }
    subject.running -= 1;
    subject.lanes[lane].running -= 1;
    if (waitingOf(subject) > 0) this.#startWaiting(subject);
  }

  /** Milliseconds that nothing else has been charged for, however many of its requests ran meanwhile. */
  #takeUsed(subject: Subject, now: number): number {
    const { at, idle } = subject.since;
    const until = idle === null ? 0 : idleMilliseconds();
    if (idle !== null) subject.since = { at: now, idle: until };
    const whole = Math.max(0, now - at);
    const ofThread = Math.max(0, whole - (until - (idle ?? 0)));
    this.#period.requests += 1;
    this.#period.used += ofThread;
    return waitingOf(subject) < CROWD ? ofThread : Math.max(ofThread, whole / 2);
  }

  /** What the thread did beyond the work of the requests, for each of them. */
  #measureOverhead(now: number): void {
    const idle = idleMilliseconds();
    const { at, idle: before, used, requests } = this.#period;
    this.#period = { at: now, idle, used: 0, requests: 0 };
    if (requests < MEASURED.requests) return;
    const each = (now - at - (idle - before) - used) / requests;
    this.#overhead = Math.min(Math.max(each, OVERHEAD.least), OVERHEAD.most);
  }

  #startWaiting(subject: Subject): void {
    for (const lane of LANES) this.#startWaitingIn(subject, lane);
  }

  #startWaitingIn(subject: Subject, lane: Lane): void {
    const { waiting } = subject.lanes[lane];
    for (const start of waiting) {
      const now = this.#elapsed();
      if (!this.#hasSlot(subject, lane, now)) return;
      const pause = this.#pauseOf(subject, now);
      if (pause > 0) {
        subject.timer ??= setTimeout(() => {
          subject.timer = null;
          this.#startWaiting(subject);
        }, pause);
        return;
      }
      waiting.delete(start);
      start();
    }
  }

  #wait<Result>(subject: Subject, { lane, work }: Asked<Result>): Promise<Result> {
    const { mostWaiting, waitSeconds } = this.#limits;
    const { waiting } = subject.lanes[lane];
    if (waiting.size >= mostWaiting)
      throw new TooMuchOfOne('too many requests of one subject wait');
    return new Promise((resolve, reject) => {
      const start = (): void => {
        clearTimeout(timer);
        resolve(Promise.try(() => this.#begin(subject, { lane, work, start: this.#elapsed() })));
      };
      const timer = setTimeout(() => {
        waiting.delete(start);
        reject(
          new TooMuchOfOne(`a request waited for ${waitSeconds} s behind its subject's others`),
        );
      }, waitSeconds * 1000);
      waiting.add(start);
      this.#startWaiting(subject);
    });
  }
}
