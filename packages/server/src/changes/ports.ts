/** What readers of changes need from storage. Implemented by `storage/`. */
import type { AccessChange } from './changes.ts';

export interface ChangePage {
  /** The position of the newest of all; 0: there was none. */
  readonly newest: number;
  /** In order. Those that are missing were deleted. */
  readonly changes: readonly AccessChange[];
}

export interface ChangeStore {
  newest(): Promise<number>;
  /** At most so many of those after a position. */
  after(position: number, most: number): Promise<ChangePage>;
  /** Deletes those that were written before; answers how many. */
  purge(before: number): Promise<number>;
}
