/** The outbox port in memory, for tests of the mail module alone. The storage module's conformance suite covers the real one. */
import { newOrderedId } from '../../src/kit/ids.ts';
import { pageOfWhole } from '../../src/kit/page.ts';
import type { Notice, OutboxEntry, OutboxQueue } from '../../src/mail/ports.ts';

export interface MemoryOutbox extends OutboxQueue {
  enqueue(notice: Notice, now: number): string;
  entry(id: string): OutboxEntry;
}

const isOpen = (entry: OutboxEntry): boolean => entry.sentAt === null && entry.failedAt === null;

export function memoryOutbox(): MemoryOutbox {
  const entries = new Map<string, OutboxEntry>();
  const entryOf = (id: string): OutboxEntry => {
    const found = entries.get(id);
    if (found === undefined) throw new Error(`no entry ${id}`);
    return found;
  };
  const change = (id: string, changes: Partial<OutboxEntry>): void => {
    entries.set(id, { ...entryOf(id), ...changes });
  };
  const matching = {
    all: () => true,
    waiting: (entry: OutboxEntry) => isOpen(entry) && entry.attempts > 0,
    failed: (entry: OutboxEntry) => entry.failedAt !== null,
    trouble: (entry: OutboxEntry) =>
      entry.failedAt !== null || (isOpen(entry) && entry.attempts > 0),
  };
  return {
    enqueue(notice, now) {
      const id = newOrderedId();
      const fresh = { attempts: 0, sentAt: null, failedAt: null, lastError: null };
      const certain = { unanswered: 0, heldSince: null };
      entries.set(id, { id, notice, createdAt: now, nextAttemptAt: now, ...fresh, ...certain });
      return id;
    },
    entry: entryOf,
    async take(now, leaseUntil, limit) {
      const due = [...entries.values()].filter(
        (entry) => isOpen(entry) && entry.nextAttemptAt <= now,
      );
      const taken = due.slice(0, limit);
      for (const { id } of taken) change(id, { nextAttemptAt: leaseUntil });
      return taken;
    },
    async markSent(id, at) {
      change(id, { sentAt: at, lastError: null, heldSince: null });
    },
    async markFailed(id, { error, at, nextAttemptAt, unanswered, isHeld }) {
      const { attempts, sentAt, heldSince } = entryOf(id);
      if (sentAt !== null) return;
      const next = nextAttemptAt === null ? { failedAt: at } : { nextAttemptAt };
      const held = isHeld ? (heldSince ?? at) : null;
      change(id, {
        attempts: attempts + 1,
        lastError: error,
        unanswered,
        heldSince: held,
        ...next,
      });
    },
    async handOver(id, { leaseUntil, answerBy }) {
      const entry = entryOf(id);
      if (!isOpen(entry) || entry.nextAttemptAt !== leaseUntil) return false;
      change(id, { nextAttemptAt: answerBy, unanswered: entry.unanswered + 1 });
      return true;
    },
    async giveBack(id, { at, unanswered }) {
      if (isOpen(entryOf(id))) change(id, { nextAttemptAt: at, unanswered });
    },
    async held() {
      const held = [...entries.values()].filter(
        (entry) => isOpen(entry) && entry.heldSince !== null,
      );
      const last = held.at(-1);
      if (last === undefined) return null;
      const since = Math.min(...held.map(({ heldSince }) => heldSince ?? Infinity));
      return { count: held.length, since, lastError: last.lastError };
    },
    async retry(id, now) {
      const entry = entries.get(id);
      if (entry === undefined || entry.sentAt !== null || entry.failedAt === null) return false;
      change(id, { failedAt: null, nextAttemptAt: now, unanswered: 0 });
      return true;
    },
    byId: async (id) => entries.get(id) ?? null,
    async list(state, page) {
      const found = [...entries.values()].filter(matching[state]).toReversed();
      return pageOfWhole(found, page);
    },
    async purgeSent(before) {
      const old = [...entries.values()].filter(({ sentAt }) => sentAt !== null && sentAt < before);
      for (const { id } of old) entries.delete(id);
      return old.length;
    },
  };
}
