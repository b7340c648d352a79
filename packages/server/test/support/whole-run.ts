/**
 * Runs once before and after all test files of `npm test`: one PostgreSQL for all of them, and one cache of what was
 * compiled. Loaded by `--test-global-setup`; test files inherit the environment of the runner.
 */
import { fileURLToPath } from 'node:url';
import { ownPostgres, PORT_VARIABLE, type OwnPostgres } from './postgres.ts';

const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/tests', import.meta.url));

let postgres: OwnPostgres | undefined;

export async function globalSetup(): Promise<void> {
  process.env['NODE_COMPILE_CACHE'] ??= COMPILED;
  postgres = await ownPostgres();
  process.env[PORT_VARIABLE] = String(postgres.port);
}

export async function globalTeardown(): Promise<void> {
  await postgres?.remove();
}
