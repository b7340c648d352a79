/** Runs all that asks a database: every route, every page of every list, every job, and the lists of the command line. */
import assert from 'node:assert/strict';
import { Writable, Readable } from 'node:stream';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { run } from '../../src/cli/run.ts';
import type { Route } from '../../src/http/route.ts';
import { jobsOf } from '../../src/compose/jobs.ts';
import { isWriting, nameOf, openWorld, prepare } from './acts.ts';
import { addressOf, isShowing, look, lookAs, type Looking } from './pages.ts';
import type { Stage } from './people.ts';
import { enrich } from './riches.ts';

/** More than two pages of any list. */
const ROWS = 120;
const DAY = 86_400;

export async function runEverything(stage: Stage): Promise<void> {
  const me = await stage.person();
  const riches = await enrich(stage, me, { count: ROWS });
  const looking = await lookAs(stage, me, riches);
  const { routes } = stage.running.app;
  for (const route of routes.filter(isShowing)) await lookThrough(looking, route);
  for (const route of routes.filter(isWriting)) {
    const send = await prepare(route, await openWorld(stage, route));
    const { status, text } = await send();
    assert.ok(status < 400, `${nameOf(route)}: ${status} ${text.slice(0, 300)}`);
  }
  await listOnCommandLine(looking);
  // Now everything has ended, and once more when it may go.
  for (const wait of [0, DAY, 400 * DAY]) {
    stage.time.now += wait;
    for (const { name, work } of jobsOf(stage.running.app)) {
      await work().catch((error: unknown) => assert.fail(`${name}: ${String(error)}`));
    }
  }
}

/** What a list can be asked for besides. */
const QUERIES = ['q=ada', 'unused=90', 'page=2', 'page=3'];

async function lookThrough(looking: Looking, route: Route): Promise<void> {
  const address = addressOf(route, looking.riches);
  const seen = new Set<string>();
  const mark = address.includes('?') ? '&' : '?';
  const asked = [address, ...QUERIES.map((query) => `${address}${mark}${query}`)];
  for (const next of asked) {
    if (seen.has(next) || seen.size > 30) continue;
    seen.add(next);
    const { beside } = await look(looking, route, next);
    asked.push(...beside);
  }
}

/** All leaves of the tree of commands that list something, with each of their options. */
async function listOnCommandLine({ stage, me, riches }: Looking): Promise<void> {
  const { running } = stage;
  const { databaseUrl } = running.app.config.storage;
  const env = { ...(databaseUrl !== null && { GATEHOUSE_DATABASE_URL: databaseUrl }) };
  const values: Record<string, string> = {
    '--user': me.user.email,
    '--search': 'ada',
    '--app': riches.appId,
    '<id>': riches.appId,
  };
  const valueOf = (name: string): string => {
    const value = values[name];
    assert.ok(value !== undefined, `no value for ${name} in test/costs/everything.ts`);
    return value;
  };
  const said: string[] = [];
  const out = () =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => (said.push(chunk.toString()), done()),
    });
  const terminal = {
    stdin: Readable.from([]),
    stdout: out(),
    stderr: out(),
    env,
    directory: running.directory,
  };
  const lists = leavesOf(createProgram(terminal), []).filter(
    ({ names }) => names.at(-1) === 'list',
  );
  assert.ok(lists.length >= 5);
  for (const { names, command } of lists) {
    const given = command.registeredArguments.map((argument) => valueOf(`<${argument.name()}>`));
    const options = command.options.filter(({ long }) => long !== '--help');
    const each = options.map(({ long = '', required }) =>
      required ? [long ?? '', valueOf(long ?? '')] : [long ?? ''],
    );
    for (const option of [[], ...each]) {
      const code = await run([...names, ...given, ...option], terminal);
      assert.equal(code, 0, `${names.join(' ')} ${option.join(' ')}: ${said.join('')}`);
    }
  }
}

interface Leaf {
  readonly names: readonly string[];
  readonly command: Command;
}

function leavesOf(command: Command, names: readonly string[]): readonly Leaf[] {
  if (command.commands.length === 0) return [{ names, command }];
  return command.commands.flatMap((child) => leavesOf(child, [...names, child.name()]));
}
