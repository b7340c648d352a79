/**
 * Prints how long requests of one caller take, alone and beside 40 connections of another that never rests, on both databases.
 * The server, the busy caller and the quiet one are processes of their own. Prints, and judges nothing.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ownPostgres } from '../test/support/postgres.ts';
import type { FairnessLoad, FairnessResult } from './fairness-load.ts';
import { makeFairnessPlace, signIn, type Caller } from './fairness-place.ts';
import { median } from './medians.ts';
import { SCOPES } from './workplace.ts';
import { startGate, stop, type ServerProcess } from './processes.ts';

const FULL: FairnessPace = {
  rounds: 5,
  requests: 150,
  connections: 40,
  readers: 10,
  rows: 100_000,
};
const QUICK: FairnessPace = { rounds: 1, requests: 5, connections: 4, readers: 2, rows: 100 };

export async function printFairness(isQuick: boolean): Promise<void> {
  const pace = isQuick ? QUICK : FULL;
  console.log(
    `\nOne user beside a busy one with ${pace.rows} tokens, medians: alone, beside (ms), ratio; answers a second to the busy one`,
  );
  await measureFairness(pace, ({ engine, busy, quiet, alone, beside, ratio, ...rest }) => {
    const figures = [alone.toFixed(2), beside.toFixed(2), ratio.toFixed(2)];
    const statuses = Object.keys(rest.statuses).join(' ');
    const [name, speed] = [`${engine}: ${quiet} beside ${busy}`, rest.perSecond.toFixed(0)];
    console.log(name.padEnd(60), ...[...figures, speed, statuses].map((it) => it.padStart(9)));
  });
}

interface FairnessPace {
  readonly rounds: number;
  /** Requests of the quiet caller in each half of a round. */
  readonly requests: number;
  /** Of the busy caller. */
  readonly connections: number;
  /** Callers of lists and pages at a time. */
  readonly readers: number;
  /** Tokens that the busy caller has, of which lists and pages show. */
  readonly rows: number;
}

interface Fairness {
  readonly engine: string;
  readonly busy: string;
  readonly quiet: string;
  /** Medians of the medians of the rounds, in milliseconds. */
  readonly alone: number;
  readonly beside: number;
  /** Median of the ratios of the rounds. */
  readonly ratio: number;
  /** Requests of the busy caller that were answered in a second. */
  readonly perSecond: number;
  readonly statuses: Readonly<Record<string, number>>;
}

interface Busy {
  readonly name: string;
  readonly requests: readonly string[];
  readonly connections: number;
}

interface Quiet {
  readonly name: string;
  readonly requests: readonly string[];
}

async function measureFairness(pace: FairnessPace, tell: (row: Fairness) => void): Promise<void> {
  const postgres = await ownPostgres();
  try {
    for (const engine of ['sqlite', 'postgres']) {
      const databaseUrl = engine === 'sqlite' ? null : await postgres.createDatabase();
      await measureOn(engine, { databaseUrl, pace, tell });
    }
  } finally {
    await postgres.remove();
  }
}

interface Measured {
  readonly databaseUrl: string | null;
  readonly pace: FairnessPace;
  readonly tell: (row: Fairness) => void;
}

async function measureOn(engine: string, { databaseUrl, pace, tell }: Measured): Promise<void> {
  const { workplace, env, busy, quiet } = await makeFairnessPlace(databaseUrl, pace.rows);
  const server = await startGate({
    directory: workplace.directory,
    env: { ...env, GATEHOUSE_LOG_REQUESTS: 'false' },
  });
  const [loud, soft] = [startCaller(), startCaller()];
  try {
    const quiets = quietCallers(quiet);
    for (const one of await busyCallers(server, { busy, pace }))
      for (const other of quiets) {
        const figures = await compare({ server, loud, soft, pace }, one, other);
        tell({ engine, busy: one.name, quiet: other.name, ...figures });
      }
  } finally {
    await Promise.all([loud.stop(), soft.stop()]);
    await server.stop();
    workplace.remove();
  }
}

interface Stage {
  readonly server: ServerProcess;
  readonly loud: CallerProcess;
  readonly soft: CallerProcess;
  readonly pace: FairnessPace;
}

async function compare({ server, loud, soft, pace }: Stage, busy: Busy, quiet: Quiet) {
  const { port } = server;
  const ask = async (): Promise<number> => {
    const load = { port, connections: 1, count: pace.requests, pauseMilliseconds: 2 };
    const { latencies, statuses } = await soft.run({ ...load, requests: quiet.requests });
    if (statuses['200'] !== pace.requests) throw new Error(JSON.stringify(statuses));
    return median(latencies);
  };
  const [alone, beside, ratios, speeds]: number[][] = [[], [], [], []];
  const statuses: Record<string, number> = {};
  for (let round = 0; round <= pace.rounds; round += 1) {
    const before = await ask();
    const start = performance.now();
    const load = { ...busy, port, count: null, pauseMilliseconds: 0 };
    const busyness = loud.run(load);
    const during = await ask();
    loud.halt();
    const done = await busyness;
    // The first warms the compilers.
    if (round === 0) continue;
    for (const [status, count] of Object.entries(done.statuses))
      statuses[status] = (statuses[status] ?? 0) + count;
    alone?.push(before);
    beside?.push(during);
    ratios?.push(during / before);
    speeds?.push((done.latencies.length / (performance.now() - start)) * 1000);
  }
  return {
    alone: median(alone ?? []),
    beside: median(beside ?? []),
    ratio: median(ratios ?? []),
    perSecond: median(speeds ?? []),
    statuses,
  };
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Two of each write, so that one after the other changes something. */
function quietCallers(caller: Caller): readonly Quiet[] {
  return [
    { name: 'write', requests: renames(caller) },
    { name: 'check', requests: [bearer(caller, 'GET', '/v2/token')] },
    { name: 'introspection', requests: [introspect(caller)] },
    { name: 'list', requests: [bearer(caller, 'GET', '/v2/tokens')] },
  ];
}

async function busyCallers(
  { port }: ServerProcess,
  { busy, pace }: { busy: Caller; pace: FairnessPace },
): Promise<readonly Busy[]> {
  const { connections, readers } = pace;
  const { cookie, fields } = await signIn(port, busy);
  const page = (path: string): string => request('GET', path, { cookie });
  const profile = (name: string): string =>
    request(
      'POST',
      '/account/profile',
      { cookie, origin: `http://localhost:${port}`, 'content-type': FORM_TYPE },
      new URLSearchParams({ ...fields, name, email: busy.email }).toString(),
    );
  const credentials = request(
    'POST',
    '/oauth2/token',
    { authorization: `Basic ${busy.basic}`, 'content-type': FORM_TYPE },
    'grant_type=client_credentials',
  );
  return [
    { name: 'creations', requests: [create(busy)], connections },
    { name: 'changes by API', requests: renames(busy), connections },
    { name: 'changes by page', requests: ['Ada One', 'Ada Two'].map(profile), connections },
    { name: 'client_credentials', requests: [credentials], connections },
    { name: 'checks', requests: [bearer(busy, 'GET', '/v2/token')], connections },
    { name: 'introspections', requests: [introspect(busy)], connections },
    { name: 'lists', requests: [bearer(busy, 'GET', '/v2/tokens')], connections: readers },
    { name: 'pages', requests: [page('/tokens')], connections: readers },
  ];
}

const renames = (caller: Caller): readonly string[] =>
  ['one', 'two', 'six'].map((description) =>
    bearer(caller, 'PATCH', `/v2/tokens/${caller.tokenId}`, JSON.stringify({ description })),
  );

const create = (caller: Caller): string =>
  bearer(
    caller,
    'POST',
    '/v2/tokens',
    JSON.stringify({ description: 'busy', scopes: SCOPES, expires_in: null }),
  );

const bearer = ({ token }: Caller, method: string, path: string, body?: string): string =>
  request(
    method,
    path,
    { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': JSON_TYPE }) },
    body,
  );

const introspect = ({ basic, token }: Caller): string =>
  request(
    'POST',
    '/oauth2/introspect',
    { authorization: `Basic ${basic}`, 'content-type': FORM_TYPE },
    new URLSearchParams({ token }).toString(),
  );

function request(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): string {
  const sent = {
    host: 'localhost',
    'user-agent': 'bench/1',
    ...headers,
    ...(body !== '' && { 'content-length': String(Buffer.byteLength(body)) }),
  };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

interface CallerProcess {
  run(load: FairnessLoad): Promise<FairnessResult>;
  /** Ends a load without a count; its result is answered then. */
  halt(): void;
  stop(): Promise<void>;
}

function startCaller(): CallerProcess {
  const child = fork(fileURLToPath(new URL('fairness-load.ts', import.meta.url)));
  return {
    async run(load) {
      const message = once(child, 'message');
      child.send(load);
      // The program and its types are written together.
      const [answer] = (await message) as [{ result?: FairnessResult; error?: string }];
      if (answer.result === undefined) throw new Error(answer.error);
      return answer.result;
    },
    halt: () => void child.send('stop'),
    stop: () => stop(child),
  };
}
