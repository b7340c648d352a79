/** What a database would do for a statement, and what of it grows with everything that is stored. */
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { Statement } from './statements.ts';

export interface Planner {
  /** What reads a whole table or index, or sorts what it read. */
  faultsOf(statement: Statement): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** `(a, b) >= (?, ?) and (a, b) <= (?, ?)`: with one end alone each step of many reads on to the end of the index. */
const BOTH_ENDS = /\) >= \(.*\) <= \(/s;

/** Plans are those of the tables as they are: no values are needed for them. */
export function sqlitePlanner(file: string): Planner {
  const database = new DatabaseSync(file, { readOnly: true });
  return {
    async faultsOf({ text }) {
      const isLimited = /\blimit \?/i.test(text);
      const rows = database.prepare(`explain query plan ${text}`).all();
      const lines = rows.map(({ detail }) => String(detail));
      const faults = lines.filter((line) =>
        isSqliteFault(line, { isLimited, named: namesIn(text) }),
      );
      const isOpen = BOTH_ENDS.test(text) && !lines.some((line) => /\)<\(|\(id=\?\)$/.test(line));
      return isOpen ? [...faults, 'the range has no upper end in the index'] : faults;
    },
    close: async () => database.close(),
  };
}

function isSqliteFault(
  line: string,
  { isLimited, named }: { isLimited: boolean; named: ReadonlySet<string> },
): boolean {
  // Sorts those alone that are equal in what the index has in order.
  if (line.startsWith('USE TEMP B-TREE FOR LAST ')) return !isLimited;
  if (line.startsWith('USE TEMP B-TREE')) return true;
  const [, name = '', index] = /^SCAN (\S+)(?: USING (?:COVERING )?INDEX (\S+))?/.exec(line) ?? [];
  if (name === '' || /^(CONSTANT|\d+-ROW|\()/.test(name) || named.has(name)) return false;
  // In the order of an index, and no farther than the page.
  return index === undefined || !isLimited;
}

/** Names of queries within the statement, whose rows are what the queries found. */
const namesIn = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/"?(\w+)"?(?:\([^)]*\))? as (?:materialized )?\(/g)].map(
      ([, name = '']) => name,
    ),
  );

/**
 * Small tables are read in full whatever indexes there are. So the planner is told that each has a million rows and nothing
 * of what is in them, and to use whatever index it finds.
 */
const AS_IF_LARGE = `
  set allow_system_table_mods = on;
  update pg_class set reltuples = 1000000, relpages = 1 where relkind in ('r', 'i') and relnamespace = 'public'::regnamespace;
  delete from pg_statistic;
  set max_parallel_workers_per_gather = 0;
  set enable_seqscan = off; set enable_sort = off; set enable_hashjoin = off; set enable_mergejoin = off`;

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Filter?: string;
  readonly 'Sort Key'?: readonly string[];
  readonly Plans?: readonly Node[];
}

export async function postgresPlanner(databaseUrl: string): Promise<Planner> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(AS_IF_LARGE);
  const explain = async ({ text, values }: Statement): Promise<readonly string[]> => {
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: Node }[] }>(
      `explain (format json) ${text}`,
      [...values],
    );
    const plans = rows[0]?.['QUERY PLAN'] ?? [];
    const faults = plans.flatMap(({ Plan }) => postgresFaults(Plan, false));
    const isOpen = BOTH_ENDS.test(text) && !plans.some(({ Plan }) => isBounded(Plan));
    return isOpen ? [...faults, 'the range has no upper end in the index'] : faults;
  };
  return {
    async faultsOf(statement) {
      const found = await explain(statement);
      if (found.length === 0) return found;
      // The database may have counted the rows of a table meanwhile.
      await client.query(AS_IF_LARGE);
      return explain(statement);
    },
    close: () => client.end(),
  };
}

/** At both ends, or by ids. */
const isBounded = ({ 'Index Cond': condition = '', Plans = [] }: Node): boolean =>
  />= ROW.*<= ROW|\bid = /.test(condition) || Plans.some(isBounded);

function postgresFaults(node: Node, isLimited: boolean): readonly string[] {
  const type = node['Node Type'];
  const children = (node.Plans ?? []).flatMap((child) =>
    postgresFaults(child, type === 'Limit' || (isLimited && !/Sort|Aggregate|Hash/.test(type))),
  );
  const own = isPostgresFault(node, isLimited) ? [sayNode(node)] : [];
  return [...own, ...children];
}

function isPostgresFault(node: Node, isLimited: boolean): boolean {
  const type = node['Node Type'];
  if (type === 'Seq Scan' || type === 'Sort') return true;
  // Sorts those alone that are equal in what the index has in order.
  if (type === 'Incremental Sort') return !isLimited;
  if (!/Index (Only )?Scan/.test(type) || node['Index Cond'] !== undefined) return false;
  // In the order of an index, and no farther than the page; but whatever a filter passes over is read.
  return !isLimited || node.Filter !== undefined;
}

const sayNode = (node: Node): string =>
  [node['Node Type'], node['Relation Name'] ?? node['Index Name'], node['Sort Key']?.join(', ')]
    .filter((part) => part !== undefined)
    .join(' ');
