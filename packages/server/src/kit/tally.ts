/** Counts by label as plain numbers: cheap enough for every request, read only when somebody asks. */
export interface Tally<Label extends string> {
  add(label: Label): void;
  of(label: Label): number;
  entries(): readonly (readonly [Label, number])[];
}

export function createTally<Label extends string>(): Tally<Label> {
  const counts = new Map<Label, number>();
  return {
    add(label) {
      counts.set(label, (counts.get(label) ?? 0) + 1);
    },
    of: (label) => counts.get(label) ?? 0,
    entries: () => [...counts],
  };
}
