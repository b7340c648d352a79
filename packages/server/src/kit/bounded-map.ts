/** A map that forgets the entry that was set longest ago when there are more than it may keep. */
export class BoundedMap<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: Value): void {
    // Deleting first keeps the order.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Answers how many. */
  deleteWhere(isOver: (value: Value) => boolean): number {
    const over = [...this.#entries].filter(([, value]) => isOver(value));
    for (const [key] of over) this.#entries.delete(key);
    return over.length;
  }
}
