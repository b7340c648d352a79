/** The settings that an app's pages print, and somebody who opens what their programs make of them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { ask, callMe, make, SERVICE } from '../flows/app-people.ts';
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
    /** Makes an app and answers its program for a library, with the secret in it. */
    settings: async (library: string, fields: Fields): Promise<string> =>
      programOn(await ask(visitor, fields), library),
    /** The same as the app's own page prints it later, and the secret that it asks for. */
    async askingSettings(library: string, fields: Fields): Promise<AskingProgram> {
      const { html, url } = await ask(visitor, fields);
      const shown = /gate_cs_\w+/.exec(html)?.[0];
      const path = /href="(\/apps\/[^"/]+)"[^>]*>(?:<span>)?About this app/.exec(html)?.[1] ?? url;
      const code = programOn(await visitor.get(path), library);
      assert.doesNotMatch(code, /gate_cs_|<[A-Z_]+>/);
      return { code, ...(shown !== undefined && { secret: shown }) };
    },
    /** What the page of a resource server prints to ask about tokens, and the secret that it asks for. */
    async introspection(): Promise<{ code: string; secret: string }> {
      const { id, secret } = await make(visitor, SERVICE);
      await visitor.get(`/apps/${id}`);
      // The first to sign up is the operator, who lets it ask.
      await visitor.submit(`/admin/apps/${id}/introspection`);
      return { code: programOn(await visitor.get(`/apps/${id}`), 'introspection'), secret };
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

interface AskingProgram {
  readonly code: string;
  readonly secret?: string;
}

function programOn({ html }: { readonly html: string }, library: string): string {
  const inside = new RegExp(`<code id="settings-${library}">([^]*?)</code>`).exec(html)?.[1];
  assert.ok(inside !== undefined, `the page prints no settings for ${library}`);
  return unescape(inside);
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program as it is printed: gives it the secret that it asks for first, if any, and the address that the browser of a person
 * came back to for the one that it prints. Answers the token in the end of what it printed.
 */
export async function converse(
  { program, args, cwd, env }: Command,
  { secret, visit }: { secret?: string; visit?: (address: string) => Promise<URL> },
): Promise<string> {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
  const ended = once(child, 'close');
  const complaints = text(child.stderr);
  if (secret !== undefined) child.stdin.write(`${secret}\n`);
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /https?:\/\/\S*\/oauth2\/auth\?\S+/.exec(line)?.[0];
    if (address !== undefined) child.stdin.write(`${(await (visit ?? refuse)(address)).href}\n`);
    last = line;
  }
  const [code] = await ended;
  assert.equal(code, 0, await complaints);
  const token = /gate_oat_\w+/.exec(last)?.[0];
  assert.ok(token !== undefined, last);
  return token;
}

const refuse = (address: string): never => assert.fail(`it wants to be allowed: ${address}`);
