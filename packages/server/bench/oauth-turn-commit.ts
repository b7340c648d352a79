/** Durable writes for the floor and the peer: what one turn of the event loop asks for shares one commit. */
import type { DatabaseSync } from 'node:sqlite';

/** Those of Gatehouse itself. */
export const SETTINGS =
  'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;';

interface Job {
  readonly work: () => unknown;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class TurnCommit {
  readonly #database: DatabaseSync;
  readonly #statements;
  #jobs: Job[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = {
      begin: database.prepare('begin immediate'),
      commit: database.prepare('commit'),
    };
  }

  /** Resolves when the work is on the disk. */
  run(work: () => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ work, resolve, reject });
      if (this.#jobs.length === 1) setImmediate(() => this.#commit());
    });
  }

  #commit(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    try {
      this.#statements.begin.run();
      for (const { work } of jobs) work();
      this.#statements.commit.run();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      for (const { reject } of jobs) reject(error);
      return;
    }
    for (const { resolve } of jobs) resolve();
  }
}
