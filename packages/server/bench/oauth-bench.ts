/** Prints the OAuth figures that docs/performance.md speaks of: `npm run bench -- oauth`. */
import { compareOAuth, type OAuthFigures, type OAuthPace } from './oauth-compare.ts';

const FULL: OAuthPace = {
  rounds: 5,
  milliseconds: 1000,
  warmUpMilliseconds: 5000,
  connections: 32,
  tokens: 100,
  latencyRounds: 5,
};
const QUICK: OAuthPace = {
  rounds: 1,
  milliseconds: 60,
  warmUpMilliseconds: 60,
  connections: 4,
  tokens: 10,
  latencyRounds: 1,
};

const whole = (value: number): string => Math.round(value).toLocaleString('en-GB');
const print = (name: string, ...figures: readonly string[]): void =>
  console.log(name.padEnd(46), ...figures.map((figure) => figure.padStart(12)));

export async function printOAuth(isQuick: boolean): Promise<void> {
  const nodeOptions = process.argv.filter((argument) => argument.startsWith('--cpu-prof'));
  const figures = await compareOAuth(isQuick ? QUICK : FULL, nodeOptions);
  console.log('\nOAuth over HTTP, SQLite, no request log');
  print('', 'a CPU second', 'ours is', 'a second');
  for (const row of figures.rows) printRow(figures, row);
  print('\nAt half of the highest load', 'a second', 'p50, ms', 'p99, ms');
  for (const { task, perSecond, p50, p99 } of figures.latencies)
    print(task, whole(perSecond), p50.toFixed(1), p99.toFixed(1));
}

function printRow(
  { rows }: OAuthFigures,
  { task, contender, speed }: OAuthFigures['rows'][number],
): void {
  const ours = rows.find((row) => row.task === task);
  const ratio = (ours?.speed.perCpuSecond ?? Number.NaN) / speed.perCpuSecond;
  print(
    `${task}: ${contender}`,
    whole(speed.perCpuSecond),
    `× ${ratio.toFixed(2)}`,
    whole(speed.perSecond),
  );
}
