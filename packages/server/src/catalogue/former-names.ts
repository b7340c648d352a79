/**
 * Names that scopes had before. Rows keep the names that they were written with, and every reader takes a former name for the
 * present one, so that a rename needs no rewriting of rows and older processes go on beside newer ones.
 */
export class FormerNames {
  readonly #current: ReadonlyMap<string, string>;

  /** From each former name to the present one. */
  constructor(current: ReadonlyMap<string, string>) {
    this.#current = current;
  }

  get isEmpty(): boolean {
    return this.#current.size === 0;
  }

  current(name: string): string {
    return this.#current.get(name) ?? name;
  }

  /** Present names, each once, in the order given. */
  currentOf(names: readonly string[]): readonly string[] {
    if (this.isEmpty) return names;
    return [...new Set(names.map((name) => this.current(name)))];
  }

  /** The name and those that it had before. */
  allOf(name: string): readonly string[] {
    const former = [...this.#current].filter(([, present]) => present === name);
    return [name, ...former.map(([old]) => old)];
  }
}

export const NO_FORMER_NAMES = new FormerNames(new Map());
