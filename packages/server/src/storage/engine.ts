/** What an engine gives the stores: where to read, where to write, and how to do several writes as one. */
import type { Kysely } from 'kysely';
import type { WriteOptions } from '../kit/urgency.ts';
import type { Catalogues } from '../catalogue/catalogues.ts';
import type { Schema } from './schema.ts';
import type { WriteFaults } from './write-fault.ts';

export type Database = Kysely<Schema>;

/** Runs one statement or several against a database handle. Inside a transaction it is the transaction's. */
export interface Handle {
  /** Sees only what was committed, or, in a transaction, also its own writes. */
  readonly read: Database;
  /** Resolves after the work is durable. */
  write<Result>(work: (db: Database) => Promise<Result>, options?: WriteOptions): Promise<Result>;
}

/** What stores of rows that name scopes need besides. */
export interface ScopedHandle extends Handle {
  readonly catalogues: Catalogues;
}

export interface Engine extends Handle {
  readonly name: 'sqlite' | 'postgres';
  /** Host and port of a server, never its user or password; `null`: the database is a file. */
  readonly place: string | null;
  /** Where PostgreSQL keeps the tables; `null`: the database has no such thing. */
  readonly schema: string | null;
  /** Throws when the database answers and must not be used as it is set up. */
  assertUsable(): Promise<void>;
  /** For migrations alone. */
  readonly migrations: Kysely<unknown>;
  /** Gives the space of deleted rows back to the disk, in small steps; nothing where the engine uses it again by itself. */
  giveBackSpace(): Promise<void>;
  readonly faults: WriteFaults;
  /** Keeps the reserve, and tries whether writes that failed work again. Throws while they do not. */
  keepRoom(): Promise<void>;
  close(): Promise<void>;
}
