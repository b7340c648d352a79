/** Brings changes of access to whatever remembers something that depends on them. What it is brought twice does no harm. */
import type { AccessChange, AccessFact } from './changes.ts';

/** Whoever remembers something that depends on access. Called at once after a commit: it must neither throw nor wait. */
export interface ChangeReader {
  /** Drops what depends on this, and nothing else. */
  onChange(fact: AccessFact): void;
  /** Anything may have changed: drops everything. */
  onAnything(): void;
}

export interface ChangeReaders {
  add(reader: ChangeReader): void;
  deliver(changes: readonly AccessChange[]): void;
  /** For whoever missed changes, or changed the database behind the services. */
  dropEverything(): void;
}

export function createChangeReaders(): ChangeReaders {
  const readers: ChangeReader[] = [];
  const dropEverything = (): void => {
    for (const reader of readers) reader.onAnything();
  };
  return {
    add: (reader) => void readers.push(reader),
    deliver(changes) {
      for (const change of changes) {
        if (change.kind === 'unknown') dropEverything();
        else for (const reader of readers) reader.onChange(change);
      }
    },
    dropEverything,
  };
}
