/**
 * Orders reads and changes, so that a read which began before a change of its subject is not kept, while changes of other
 * subjects leave it alone. Bounded: beyond `MOST_SUBJECTS` every read under way counts as overtaken.
 */
export interface ChangeLog {
  /** Taken before a read starts. */
  mark(): number;
  note(subject: string): void;
  noteAll(): void;
  /** Whether any of the subjects changed since the mark was taken. */
  hasChanged(subjects: readonly string[], mark: number): boolean;
}

const MOST_SUBJECTS = 10_000;

export function createChangeLog(): ChangeLog {
  const changedAt = new Map<string, number>();
  let changes = 0;
  /** Marks before this one are overtaken by a change of everything. */
  let floor = 0;

  function noteAll(): void {
    changes += 1;
    floor = changes;
    changedAt.clear();
  }

  return {
    mark: () => changes,
    note(subject) {
      if (changedAt.size >= MOST_SUBJECTS) noteAll();
      changes += 1;
      changedAt.set(subject, changes);
    },
    noteAll,
    hasChanged: (subjects, mark) =>
      mark < floor || subjects.some((subject) => (changedAt.get(subject) ?? 0) > mark),
  };
}
