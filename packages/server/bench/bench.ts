/**
 * Prints the figures that docs/performance.md speaks of. `--quick` shows in seconds that every part runs; its figures
 * mean little; `oauth` measures only the OAuth endpoints, `crowd` only an app that many people connected,
 * `changes` only what a fact about access costs writers,
 * `rows` only what each list costs by the rows of its owner, `fairness` only one caller beside a busy one. Never a timed test: what is good enough is for the reader to say.
 */
import { cpus } from 'node:os';
import { measureActs, type ActPace } from './acts.ts';
import { measureChanges, type ChangePace } from './changes.ts';
import { measureCrowd } from './crowd.ts';
import { printFairness } from './fairness.ts';
import { measureChecker, type CheckerPace } from './in-process.ts';
import { printOAuth } from './oauth-bench.ts';
import { printRows } from './rows.ts';
import { compareOverHttp, type Comparison, type Pace } from './over-http.ts';
import { measureStarts, type StartPace } from './starts.ts';
import { makeWorkplace } from './workplace.ts';

interface Plan {
  readonly starts: StartPace;
  readonly http: Pace;
  readonly checker: CheckerPace;
  readonly acts: ActPace;
  readonly changes: ChangePace;
  /** Who have connected one app. */
  readonly people: number;
  /** Of one owner. */
  readonly rows: readonly number[];
}

const FULL: Plan = {
  starts: { rounds: 5, idleMilliseconds: 1000 },
  http: { rounds: 5, requests: 12_000, warmUp: 8, connections: 32, checksInAll: 1_000_000 },
  checker: {
    rounds: 3,
    cachedChecks: 300_000,
    uncachedChecks: 60_000,
    tokens: 5000,
    others: 1_000_000,
  },
  acts: { rounds: 3, tokens: 1000, signIns: 60, callers: 32 },
  changes: { rounds: 5, acts: 1000, callers: 32 },
  people: 100_000,
  rows: [100, 1000, 10_000, 100_000],
};

const QUICK: Plan = {
  starts: { rounds: 1, idleMilliseconds: 50 },
  http: { rounds: 1, requests: 200, warmUp: 1, connections: 4, checksInAll: 400 },
  checker: { rounds: 1, cachedChecks: 1000, uncachedChecks: 200, tokens: 20, others: 1000 },
  acts: { rounds: 1, tokens: 20, signIns: 2, callers: 4 },
  changes: { rounds: 1, acts: 20, callers: 4 },
  people: 300,
  rows: [100, 300],
};

const plan = process.argv.includes('--quick') ? QUICK : FULL;

const whole = (value: number): string => Math.round(value).toLocaleString('en-GB');
const megabytes = (bytes: number): string => `${whole(bytes / 1_000_000)} MB`;
const print = (name: string, ...figures: readonly string[]): void =>
  console.log(name.padEnd(46), ...figures.map((figure) => figure.padStart(12)));

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'processor'}\n`);
const ONLY = ['oauth', 'crowd', 'changes', 'fairness', 'rows'];
const [only] = ONLY.filter((name) => process.argv.includes(name));
if (only === undefined) {
  await printStarts();
  await printHttp();
  await printInProcess();
}
if (only === undefined || only === 'crowd') await printCrowd();
if (only === undefined || only === 'rows') await printRows(plan.rows);
if (only === undefined || only === 'changes') await printChanges();
if (only === undefined || only === 'fairness') await printFairness(plan === QUICK);
if (only === undefined || only === 'oauth') await printOAuth(plan === QUICK);

async function printStarts(): Promise<void> {
  const start = await measureStarts(plan.starts);
  print('Start to first answer', `${whole(start.milliseconds)} ms`);
  print('Processor time of a start', `${whole(start.cpuMilliseconds)} ms`);
  print('Memory, idle', megabytes(start.idleBytes));
}

async function printHttp(): Promise<void> {
  const { comparisons, memory } = await compareOverHttp(plan.http);
  print(`Memory after ${whole(memory.checks)} checks`, megabytes(memory.bytes));
  console.log('\nOver HTTP, answers a second of the server’s processor time, then of wall clock');
  print('', 'ours', 'floor', 'ratio', 'ours, wall', 'floor, wall', 'ratio');
  for (const comparison of comparisons) printComparison(comparison);
}

function printComparison({ name, ours, floor }: Comparison): void {
  print(
    name,
    whole(ours.perCpuSecond),
    whole(floor.perCpuSecond),
    (ours.perCpuSecond / floor.perCpuSecond).toFixed(2),
    whole(ours.perSecond),
    whole(floor.perSecond),
    (ours.perSecond / floor.perSecond).toFixed(2),
  );
}

async function printCrowd(): Promise<void> {
  console.log(
    `\nAn app that ${whole(plan.people)} people connected, SQLite: time, and the longest standstill`,
  );
  for (const { name, milliseconds, longestStill } of await measureCrowd(plan.people))
    print(name, `${whole(milliseconds)} ms`, `${whole(longestStill)} ms`);
}

async function printChanges(): Promise<void> {
  const { acts, callers } = plan.changes;
  console.log(
    `\nA second, ${callers} callers, rounds of ${acts}: a revocation with its fact and without it;`,
  );
  console.log('a rotation of a refresh token alone, and while others revoke');
  print('', 'with', 'without', 'rotations', 'beside');
  for (const figures of await measureChanges(plan.changes))
    print(
      figures.engine,
      whole(figures.revocations),
      whole(figures.withoutFacts),
      whole(figures.rotations),
      whole(figures.rotationsBesideRevocations),
    );
}

async function printInProcess(): Promise<void> {
  const workplace = await makeWorkplace();
  try {
    const acts = await measureActs(workplace, plan.acts);
    const checks = await measureChecker(workplace, plan.checker);
    console.log('\nIn process, SQLite');
    print('Verdicts a processor second, from memory', whole(checks.cached));
    print('Verdicts a processor second, by reading', whole(checks.uncached));
    print(`… among ${whole(plan.checker.others)} more tokens`, whole(checks.uncachedAmongMany));
    print(`Tokens made a second, ${plan.acts.callers} callers`, whole(acts.tokens));
    print(`Sign-ins a second, ${plan.acts.callers} callers`, whole(acts.signIns));
  } finally {
    await workplace.close();
    workplace.remove();
  }
}
