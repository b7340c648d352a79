/**
 * Reads what other processes changed, again and again, from the position where it stopped: what it could not read for a while,
 * it reads then. Positions have no gaps, so one that is missing shows that changes were missed.
 */
import type { AccessChange } from './changes.ts';
import type { ChangeStore } from './ports.ts';
import type { ChangeReaders } from './readers.ts';

export interface Following {
  /** What this process wrote was delivered after its commit, and is not delivered again. */
  noteOwn(changes: readonly AccessChange[]): void;
  /** Reads once, now. */
  poll(): Promise<void>;
  /** `onFault` is called when changes cannot be read, and with `null` when they can be again. */
  start(onFault: (error: unknown) => void): void;
  /** Waits for a read that is under way. */
  stop(): Promise<void>;
}

export interface FollowOptions {
  readonly store: ChangeStore;
  readonly readers: ChangeReaders;
  readonly everyMilliseconds: number;
}

/** Of one statement. */
const MOST = 500;

export function followChanges({ store, readers, everyMilliseconds }: FollowOptions): Following {
  /** The newest position that was read; `null`: none yet. */
  let last: number | null = null;
  const own = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let reading: Promise<void> = Promise.resolve();
  let isStopped = false;

  /** Whoever read something before this moment may have read it before a change that is not read any more. */
  async function begin(): Promise<void> {
    last = await store.newest();
    own.clear();
    readers.dropEverything();
  }

  async function poll(): Promise<void> {
    if (last === null) return begin();
    for (;;) {
      const from: number = last;
      const { newest, changes } = await store.after(from, MOST);
      const isWhole = changes.every(({ position }, at) => position === from + 1 + at);
      if (!isWhole || newest < from + changes.length || (changes.length === 0 && newest > from))
        return begin();
      last = from + changes.length;
      readers.deliver(changes.filter(({ position }) => !own.delete(position)));
      if (changes.length < MOST) return;
    }
  }

  /** Says once that changes cannot be read, however long it lasts. */
  function pollTelling(onFault: (error: unknown) => void): () => Promise<void> {
    let isFailing = false;
    return async () => {
      try {
        await poll();
        if (isFailing) onFault(null);
        isFailing = false;
      } catch (error) {
        if (!isFailing) onFault(error);
        isFailing = true;
      }
    };
  }

  async function repeat(work: () => Promise<void>): Promise<void> {
    await work();
    if (!isStopped) timer = setTimeout(again, everyMilliseconds, work).unref();
  }

  const again = (work: () => Promise<void>): void => {
    reading = repeat(work);
  };

  return {
    noteOwn(changes) {
      for (const { position } of changes) if (last !== null && position > last) own.add(position);
    },
    poll,
    start: (onFault) => again(pollTelling(onFault)),
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await reading;
    },
  };
}
