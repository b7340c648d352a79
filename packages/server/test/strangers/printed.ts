/** The settings that an app's pages print, and somebody who opens what their programs make of them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { ask, callMe } from '../flows/app-people.ts';
import { signUp, startApp } from '../support/running-app.ts';
import { unescape, type Fields } from '../support/visitor.ts';

export type Printing = Awaited<ReturnType<typeof openPrinting>>;

/** What a web or public app that is asked about in `GOOD` gets, when its one optional scope is allowed too. */
export const WEB_SCOPES = ['account.read', 'asset.create', 'asset.read', 'offline'];
export const SERVICE_SCOPES = ['account.read', 'asset.read'];

export async function openPrinting() {
  const running = await startApp();
  const visitor = await signUp(running, 'ada@example.com');
  return {
    running,
    /** Makes an app and answers its settings for a library, with the secret in them. */
    async settings(library: string, fields: Fields): Promise<string> {
      const { html } = await ask(visitor, fields);
      const inside = new RegExp(`<code id="settings-${library}">([^]*?)</code>`).exec(html)?.[1];
      assert.ok(inside !== undefined, `the page prints no settings for ${library}`);
      return unescape(inside);
    },
    /** Opens the address as a browser would, allows the app, and answers where the browser was sent. */
    async allow(address: string): Promise<URL> {
      const { pathname, search } = new URL(address);
      const page = await visitor.get(pathname + search);
      const end = page.url.startsWith(running.base)
        ? await visitor.submit('/oauth2/auth', { decision: 'allow', scope: ['asset.create'] })
        : page;
      return new URL(end.url);
    },
    scopesOf: async (token: string): Promise<readonly string[]> =>
      (await callMe(running, token)).json.scopes,
    stop: () => running.stop(),
  };
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program that prints one line and waits for one, and answers the line that it prints in the end. */
export async function converse(
  { program, args, cwd, env }: Command,
  reply: (line: string) => Promise<string>,
): Promise<string> {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
  const ended = once(child, 'close');
  const complaints = text(child.stderr);
  let last = '';
  let isFirst = true;
  for await (const line of createInterface({ input: child.stdout })) {
    if (isFirst) child.stdin.end(`${await reply(line)}\n`);
    isFirst = false;
    last = line;
  }
  const [code] = await ended;
  assert.equal(code, 0, await complaints);
  return last;
}
