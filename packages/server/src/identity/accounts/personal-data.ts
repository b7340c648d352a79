/** What is held about a person: the port by which it is read whole, and erased. Implemented by `storage/`. */

/** Whatever rows about a person are found by. */
export interface PersonalSubject {
  readonly id: string;
  readonly email: string;
  /** What the keys of all counters of attempts on the account have in them. */
  readonly inAttemptKeys: readonly string[];
}

/** A value as JSON has it. */
export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };

export type PlainRow = Readonly<Record<string, PlainValue>>;

/** Some rows of one section of an export. */
export interface ExportedRows {
  readonly section: string;
  readonly rows: readonly PlainRow[];
}

export interface PersonalDataStore {
  /** Every section in turn, each at least once, at most a page of rows at a time. Other work runs between two pages. */
  read(subject: PersonalSubject): AsyncIterable<ExportedRows>;
  /**
   * Erases all rows and columns that are personal but the row of the person; of the details of events `keptDetails` stay.
   * Done in batches; doing it again does no harm.
   */
  erase(subject: PersonalSubject, keptDetails: ReadonlySet<string>): Promise<void>;
  /** Apps of a person that are not deleted. */
  appsOf(userId: string): Promise<readonly string[]>;
  /** Deletes an app with all that was granted to it, of many grants the rows of some later; answers how many grants, `null` when it was deleted before. */
  endApp(appId: string, at: number): Promise<number | null>;
  /** Takes everything personal out of the person's row. `true` for exactly one caller. */
  bury(userId: string, at: number): Promise<boolean>;
  /** Drops the messages to erased people that were sent, or written before. */
  forgetLastMessages(writtenBefore: number): Promise<void>;
}
