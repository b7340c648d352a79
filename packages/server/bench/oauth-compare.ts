/**
 * The OAuth endpoints beside oidc-provider and the floor: the same load on each in turn, told by the server's processor
 * second and by wall clock. By the clock whoever waits for the disk loses; by the processor, whoever computes.
 */
import { WebVisitor } from '../test/support/visitor.ts';
import { median } from './medians.ts';
import type { OAuthLoad } from './oauth-load.ts';
import { makeOAuthPlace, type Amounts, type OAuthPlace } from './oauth-place.ts';
import type { Script } from './oauth-scripts.ts';
import {
  startOAuthFloor,
  startOAuthGenerator,
  startOurs,
  startPeer,
  type Contender,
  type OAuthGenerator,
} from './oauth-servers.ts';
import { flowScript, scriptOf, TASKS, type Task } from './oauth-tasks.ts';
import { PASSWORD } from './workplace.ts';

export interface OAuthPace {
  readonly rounds: number;
  readonly milliseconds: number;
  /** How long each is asked before anything is counted: compilers need seconds, and more for more code. */
  readonly warmUpMilliseconds: number;
  readonly connections: number;
  /** Access tokens that introspection is asked about in turn. */
  readonly tokens: number;
  /** Loads of half the highest rate, each as long as a round; what is told is the middle one. */
  readonly latencyRounds: number;
}

export interface OAuthSpeed {
  readonly perCpuSecond: number;
  /** Of wall clock. */
  readonly perSecond: number;
}

export interface OAuthRow {
  readonly task: Task | 'code flow';
  readonly contender: string;
  readonly speed: OAuthSpeed;
}

export interface Latency {
  readonly task: OAuthRow['task'];
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export interface OAuthFigures {
  readonly rows: readonly OAuthRow[];
  readonly latencies: readonly Latency[];
}

export async function compareOAuth(
  pace: OAuthPace,
  nodeOptions: readonly string[] = [],
): Promise<OAuthFigures> {
  const amounts = { tokens: pace.tokens, chains: pace.connections };
  const place = await makeOAuthPlace(amounts);
  const generator = startOAuthGenerator();
  const contenders = await startAll(place, amounts, nodeOptions);
  try {
    const [ours] = contenders;
    const runs: readonly Run[] = [
      ...TASKS.flatMap((task) =>
        contenders.map((contender) => ({
          task,
          contender,
          script: scriptOf(task, place, contender),
        })),
      ),
      { task: 'code flow', contender: ours, script: flowScript(place, await signIn(ours)) },
    ];
    const measured = await measureAll(generator, pace, runs);
    const rows = measured.map(({ task, contender, speed }) => ({
      task,
      contender: contender.name,
      speed,
    }));
    return { rows, latencies: await latenciesOf(generator, pace, measured) };
  } finally {
    await Promise.all([generator.stop(), ...contenders.map(({ server }) => server.stop())]);
    place.workplace.remove();
  }
}

async function startAll(
  place: OAuthPlace,
  amounts: Amounts,
  nodeOptions: readonly string[],
): Promise<readonly [Contender, ...Contender[]]> {
  const ours = await startOurs(place, nodeOptions);
  return [
    ours,
    await startPeer(place, { commits: 'grouped', amounts }),
    await startPeer(place, { commits: 'each', amounts }),
    await startOAuthFloor(place, { headers: await headersOf(ours), amounts }),
  ];
}

/** Written by every server of Node for itself. */
const BY_NODE = ['date', 'connection', 'keep-alive', 'content-length'];

async function headersOf({ server, paths }: Contender): Promise<Record<string, string>> {
  const answer = await fetch(`http://127.0.0.1:${server.port}${paths.introspect}`, {
    method: 'POST',
  });
  const own = [...answer.headers].filter(
    ([name]) => !BY_NODE.includes(name) && name !== 'www-authenticate',
  );
  await answer.arrayBuffer();
  return Object.fromEntries(own);
}

async function signIn({ server }: Contender): Promise<string> {
  const visitor = new WebVisitor(`http://127.0.0.1:${server.port}`);
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email: 'ada@example.com', password: PASSWORD });
  return [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

interface Run {
  readonly task: OAuthRow['task'];
  readonly contender: Contender;
  readonly script: Script;
}

interface Measured extends Run {
  readonly speed: OAuthSpeed;
}

async function measureAll(
  generator: OAuthGenerator,
  pace: OAuthPace,
  runs: readonly Run[],
): Promise<readonly Measured[]> {
  const current = runs.map((run) => ({ ...run, speeds: [] as OAuthSpeed[] }));
  // The first round is for the compilers and is thrown away.
  for (let round = 0; round <= pace.rounds; round++) {
    const milliseconds = round === 0 ? pace.warmUpMilliseconds : pace.milliseconds;
    for (const run of current) {
      const { speed, script } = await measure(generator, { ...pace, milliseconds }, run);
      run.script = script;
      if (round > 0) run.speeds.push(speed);
    }
  }
  return current.map(({ speeds, ...run }) => ({ ...run, speed: middle(speeds) }));
}

const middle = (speeds: readonly OAuthSpeed[]): OAuthSpeed => ({
  perCpuSecond: median(speeds.map(({ perCpuSecond }) => perCpuSecond)),
  perSecond: median(speeds.map(({ perSecond }) => perSecond)),
});

async function measure(
  generator: OAuthGenerator,
  { connections, milliseconds }: OAuthPace,
  { contender, script }: Run,
): Promise<{ speed: OAuthSpeed; script: Script }> {
  const { server } = contender;
  const before = await server.usage();
  const load = { port: server.port, connections, milliseconds, script, perSecond: null };
  const result = await generator.run(load);
  const after = await server.usage();
  const cpuMilliseconds = after.cpuMilliseconds - before.cpuMilliseconds;
  return {
    script: carryOn(script, result.chains),
    speed: {
      perCpuSecond: (result.completed / cpuMilliseconds) * 1000,
      perSecond: (result.completed / result.milliseconds) * 1000,
    },
  };
}

/** Refresh tokens that were replaced are not shown again. */
const carryOn = (script: Script, chains: readonly string[]): Script =>
  script.kind === 'chains' ? { ...script, chains } : script;

/** Ours alone, at half of what it answered when asked as fast as it could. */
async function latenciesOf(
  generator: OAuthGenerator,
  pace: OAuthPace,
  measured: readonly Measured[],
): Promise<readonly Latency[]> {
  const latencies: Latency[] = [];
  for (const { task, contender, script, speed } of measured) {
    if (contender !== measured[0]?.contender) continue;
    const perSecond = Math.max(1, Math.floor(speed.perSecond / 2));
    const load = { ...pace, port: contender.server.port, perSecond };
    latencies.push({ task, perSecond, ...(await latencyOf(generator, pace, { load, script })) });
  }
  return latencies;
}

async function latencyOf(
  generator: OAuthGenerator,
  { latencyRounds }: OAuthPace,
  given: { load: Omit<OAuthLoad, 'script'>; script: Script },
): Promise<Pick<Latency, 'p50' | 'p99'>> {
  const rounds: (readonly number[])[] = [];
  let { script } = given;
  for (let round = 0; round < latencyRounds; round++) {
    const { latencies, chains } = await generator.run({ ...given.load, script });
    rounds.push(latencies);
    script = carryOn(script, chains);
  }
  const at = (share: number): number =>
    median(rounds.map((all) => all[Math.floor(all.length * share)] ?? Number.NaN));
  return { p50: at(0.5), p99: at(0.99) };
}
