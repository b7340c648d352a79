/** The checker without HTTP: from memory, by reading, and by reading among a million tokens. */
import { elapsedMilliseconds, systemClock } from '../src/kit/clock.ts';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { opaqueTokens } from '../src/oauth/tokens/readers.ts';
import { createChecker, type Checker } from '../src/checker/checker.ts';
import { FIRST } from '../test/support/first-resource.ts';
import { median } from './medians.ts';
import type { Workplace } from './workplace.ts';

export interface CheckerPace {
  readonly rounds: number;
  readonly cachedChecks: number;
  readonly uncachedChecks: number;
  /** Tokens that are checked, in an order that no cache of pages likes. */
  readonly tokens: number;
  /** Tokens that nobody asks for. */
  readonly others: number;
}

export interface CheckerSpeeds {
  readonly cached: number;
  readonly uncached: number;
  readonly uncachedAmongMany: number;
}

/** Verdicts a second of processor time of this process. */
export async function measureChecker(
  workplace: Workplace,
  pace: CheckerPace,
): Promise<CheckerSpeeds> {
  const tokens: string[] = [];
  while (tokens.length < pace.tokens) tokens.push(await workplace.mint());
  const remembering = checkerOf(workplace, 60_000);
  const forgetful = checkerOf(workplace, 0);
  const cached: number[] = [];
  const uncached: number[] = [];
  const amongMany: number[] = [];
  const round = async (into: number[]): Promise<void> => {
    into.push(await speedOf(forgetful, tokens, pace.uncachedChecks));
    cached.push(await speedOf(remembering, tokens, pace.cachedChecks));
  };
  for (let turn = 0; turn < pace.rounds; turn++) await round(uncached);
  addOthers(workplace, pace.others);
  for (let turn = 0; turn < pace.rounds; turn++) await round(amongMany);
  return {
    cached: median(cached),
    uncached: median(uncached),
    uncachedAmongMany: median(amongMany),
  };
}

function checkerOf({ modules }: Workplace, maxAgeMilliseconds: number): Checker {
  return createChecker({
    source: modules.storage.credentials,
    readers: [opaqueTokens(modules.config.brand.tokenPrefix)],
    catalogues: modules.catalogues,
    clock: systemClock,
    elapsed: elapsedMilliseconds,
    limits: { maxAgeMilliseconds, maxEntries: 100_000 },
  });
}

async function speedOf(
  checker: Checker,
  tokens: readonly string[],
  count: number,
): Promise<number> {
  const before = process.cpuUsage();
  for (let asked = 0; asked < count; asked++) {
    // A prime step: neighbours in time are not neighbours on disk.
    const token = tokens[(asked * 7919) % tokens.length] ?? '';
    const answer = checker.check(token, FIRST);
    const verdict = answer instanceof Promise ? await answer : answer;
    if (verdict.outcome !== 'active')
      throw new Error(`a good token was refused: ${verdict.reason}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (count / (user + system)) * 1_000_000;
}

/** Copies of one row under other ids, in one transaction beside the running system. */
function addOthers({ directory }: Workplace, count: number): void {
  const database = new DatabaseSync(join(directory, 'data', 'gatehouse.db'));
  database.exec('pragma busy_timeout = 5000; pragma synchronous = off; begin immediate');
  const [first] = database.prepare('select * from developer_tokens limit 1').all();
  const columns = Object.keys(first ?? {});
  const own: Readonly<Record<string, string>> = {
    id: 'hex(randomblob(6))',
    secret_hash: 'randomblob(32)',
    creation_key: 'hex(randomblob(16))',
  };
  const values = columns.map((column) => own[column] ?? column).join(', ');
  database
    .prepare(
      `with recursive counter(n) as (select 1 union all select n + 1 from counter where n < ?)
       insert into developer_tokens (${columns.join(', ')})
       select ${values} from counter, (select * from developer_tokens limit 1)`,
    )
    .run(count);
  database.exec('commit');
  database.close();
}
