/** Checks over HTTP against the floor: the same load on both in turn, told by wall clock and by processor second. */
import { cpSync, rmSync } from 'node:fs';
import { randomBytes } from '../src/kit/random.ts';
import { mintCredential } from '../src/oauth/tokens/format.ts';
import type { Sample } from './floor.ts';
import { median } from './medians.ts';
import {
  startFloor,
  startGate,
  startGenerator,
  type Generator,
  type ServerProcess,
} from './processes.ts';
import { makeWorkplace } from './workplace.ts';

export interface Pace {
  readonly rounds: number;
  readonly requests: number;
  /** So many times as long each is asked before anything is counted: compilers need seconds, and more for more code. */
  readonly warmUp: number;
  readonly connections: number;
  /** The memory is read after so many checks in all. */
  readonly checksInAll: number;
}

export interface Speed {
  /** Answers a second of wall clock. */
  readonly perSecond: number;
  /** Answers a second of the server's processor time. */
  readonly perCpuSecond: number;
}

export interface OverHttp {
  readonly comparisons: readonly Comparison[];
  /** Resident memory of the server after so many checks. */
  readonly memory: { readonly checks: number; readonly bytes: number };
}

export interface Comparison {
  readonly name: string;
  readonly ours: Speed;
  readonly floor: Speed;
}

interface Case {
  readonly name: string;
  readonly server: ServerProcess;
  readonly requests: readonly string[];
  readonly status: string;
}

const GARBAGE = 'not_a_token_of_this_server_but_about_as_long_as_one_of_them_is';
const UNKNOWN = 5000;

export async function compareOverHttp(pace: Pace): Promise<OverHttp> {
  const workplace = await makeWorkplace();
  const token = await workplace.mint();
  await workplace.close();
  // SQLite serves one process: the second server has the same rows in a file of its own.
  const copy = `${workplace.directory}-copy`;
  cpSync(workplace.directory, copy, { recursive: true });
  const quiet = await startGate({ directory: copy, env: { GATEHOUSE_LOG_REQUESTS: 'false' } });
  const logging = await startGate(workplace);
  const floor = await startFloor({
    token,
    allowed: await sample(quiet, token),
    refused: await sample(quiet, GARBAGE),
  });
  const generator = startGenerator();
  try {
    const unknown = Array.from({ length: UNKNOWN }, () => get(strange()));
    const mistyped = Array.from({ length: UNKNOWN }, () => get(mistype(strange())));
    const cases = (server: ServerProcess): readonly Case[] => [
      { name: 'GET /v2/token, cached', server, requests: [get(token)], status: '200' },
      { name: '401: garbage', server, requests: [get(GARBAGE)], status: '401' },
      { name: '401: wrong checksum', server, requests: mistyped, status: '401' },
      { name: '401: well-formed, unknown', server, requests: unknown, status: '401' },
    ];
    const comparisons = await compare(generator, pace, [
      ...pairs(cases(quiet), cases(floor), 'no request log'),
      ...pairs(cases(logging), cases(floor), 'log to nowhere'),
    ]);
    const { rounds, warmUp, requests: count, connections, checksInAll } = pace;
    const checks = (rounds + warmUp) * count;
    const left = Math.max(count, checksInAll - checks);
    await generator.run({ port: quiet.port, requests: [get(token)], count: left, connections });
    const { residentBytes: bytes } = await quiet.usage();
    return { comparisons, memory: { checks: left + checks, bytes } };
  } finally {
    await Promise.all([quiet, logging, floor, generator].map((process) => process.stop()));
    rmSync(copy, { recursive: true, force: true });
    workplace.remove();
  }
}

const strange = (): string => mintCredential('gate', 'pat', randomBytes).value;

/** One letter of the secret for another. */
const mistype = (token: string): string =>
  token.replace(/.(?=.{10}$)/, (letter) => (letter === 'x' ? 'y' : 'x'));

const get = (token: string): string =>
  `GET /v2/token HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench/1\r\naccept: application/json\r\nauthorization: Bearer ${token}\r\nconnection: keep-alive\r\n\r\n`;

/** Written by every server of Node for itself. */
const BY_NODE = ['date', 'connection', 'keep-alive', 'content-length'];

async function sample(server: ServerProcess, token: string): Promise<Sample> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`http://127.0.0.1:${server.port}/v2/token`, { headers });
  const own = [...answer.headers].filter(([name]) => !BY_NODE.includes(name));
  return { headers: Object.fromEntries(own), body: await answer.text() };
}

interface Pair {
  readonly name: string;
  readonly ours: Case;
  readonly floor: Case;
}

const pairs = (ours: readonly Case[], floors: readonly Case[], setting: string): readonly Pair[] =>
  ours.flatMap((own, index) => {
    const floor = floors[index];
    return floor === undefined ? [] : [{ name: `${own.name} (${setting})`, ours: own, floor }];
  });

async function compare(
  generator: Generator,
  pace: Pace,
  pairs: readonly Pair[],
): Promise<readonly Comparison[]> {
  const results = pairs.map(({ name }) => ({ name, ours: [] as Speed[], floor: [] as Speed[] }));
  // The first round warms the compilers and is thrown away.
  for (let round = 0; round <= pace.rounds; round++) {
    const requests = round === 0 ? pace.warmUp * pace.requests : pace.requests;
    for (const [index, pair] of pairs.entries()) {
      const floor = await measure(generator, { ...pace, requests }, pair.floor);
      const ours = await measure(generator, { ...pace, requests }, pair.ours);
      if (round === 0) continue;
      results[index]?.floor.push(floor);
      results[index]?.ours.push(ours);
    }
  }
  return results.map(({ name, ours, floor }) => ({
    name,
    ours: middle(ours),
    floor: middle(floor),
  }));
}

async function measure(generator: Generator, pace: Pace, asked: Case): Promise<Speed> {
  const { server, requests, status } = asked;
  const count = pace.requests;
  const before = await server.usage();
  const load = { port: server.port, requests, count, connections: pace.connections };
  const result = await generator.run(load);
  const after = await server.usage();
  if (result.statuses[status] !== count) {
    throw new Error(`${asked.name}: expected ${status}, got ${JSON.stringify(result.statuses)}`);
  }
  return {
    perSecond: (count / result.milliseconds) * 1000,
    perCpuSecond: (count / (after.cpuMilliseconds - before.cpuMilliseconds)) * 1000,
  };
}

const middle = (speeds: readonly Speed[]): Speed => ({
  perSecond: median(speeds.map(({ perSecond }) => perSecond)),
  perCpuSecond: median(speeds.map(({ perCpuSecond }) => perCpuSecond)),
});
