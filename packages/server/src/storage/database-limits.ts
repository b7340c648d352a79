/** Which schema of PostgreSQL is used, how many connections to PostgreSQL a process holds, and how long it waits for what. SQLite needs none of it. */
export interface DatabaseLimits {
  /** The one that holds the tables, whatever the role's `search_path` is. */
  readonly databaseSchema: string;
  /** Most connections of this process. */
  readonly poolSize: number;
  /** To make a connection, and to wait for one while all are in use. */
  readonly connectSeconds: number;
  /** For the answer to one statement. Then its connection is given up. */
  readonly querySeconds: number;
  /** For rows that another transaction holds. */
  readonly lockSeconds: number;
  /** A connection is replaced after this long, when nothing is under way on it. */
  readonly connectionMinutes: number;
  /** `auto`: named statements on direct connections, none through a pooler. `never`: none at all. */
  readonly preparedStatements: 'auto' | 'never';
}

export const DATABASE_LIMITS: DatabaseLimits = {
  databaseSchema: 'public',
  poolSize: 10,
  connectSeconds: 5,
  querySeconds: 10,
  lockSeconds: 5,
  connectionMinutes: 30,
  preparedStatements: 'auto',
};
