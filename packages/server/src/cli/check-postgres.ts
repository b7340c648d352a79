/** Whether a PostgreSQL server lets an installation work on it. */
import { countOf } from '../kit/plural.ts';
import type { PostgresFacts } from '../storage/postgres-facts.ts';
import { failed, ok, warning, type Finding } from './findings.ts';

const check = 'database';

export function checkPostgres(facts: PostgresFacts, poolSize: number): readonly Finding[] {
  const { encoding, isReadOnly, forbidden, connections } = facts;
  return [
    ...(encoding === 'UTF8'
      ? []
      : [failed(check, `has the encoding ${encoding}; create it anew with the encoding UTF8`)]),
    ...(isReadOnly
      ? [failed(check, 'only reads: this is a standby, or default_transaction_read_only is on')]
      : []),
    ...forbidden.map((table) =>
      failed(
        check,
        table === null
          ? 'the role may make no tables in its schema: grant create on the schema to it'
          : `the role may not read and change the table ${table}: grant all on it`,
      ),
    ),
    checkConnections(connections, poolSize),
  ];
}

function checkConnections(connections: number, poolSize: number): Finding {
  const processes = Math.floor(connections / poolSize);
  const message = `it leaves ${countOf(connections, 'connection')}, and a process takes ${poolSize} (storage.pool_size)`;
  return processes === 0
    ? warning(check, `${message}: lower the one or raise the other`)
    : ok(check, `${message}: enough for ${countOf(processes, 'process', 'processes')}`);
}
