/** Where refused credentials are counted: one process on SQLite counts in its memory, several on PostgreSQL in the database. */
import {
  refusedAmongProcesses,
  refusedInMemory,
  type RefusedCredentials,
} from '../limits/refused-credentials.ts';
import type { Modules } from './modules.ts';

export const createRefusedCredentials = ({
  rules,
  storage,
  clock,
  elapsed,
}: Pick<Modules, 'rules' | 'storage' | 'clock' | 'elapsed'>): RefusedCredentials =>
  storage.engine === 'postgres'
    ? refusedAmongProcesses(rules, { limits: storage.attempts, clock, elapsed })
    : refusedInMemory(rules, () => elapsed() / 1000);
