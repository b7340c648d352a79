/** Somebody with tokens, on a whole server whose clock tests may set forward. */
import assert from 'node:assert/strict';
import type { Config } from '../../../src/config/config.ts';
import { signUp, startApp, type RunningApp } from '../../support/running-app.ts';
import type { Fields, Page, WebVisitor } from '../../support/visitor.ts';

/** 21 September 2026, 14:13:20 UTC. */
export const START = 1_790_000_000;

export interface TokenStage {
  readonly running: RunningApp;
  readonly time: { now: number };
  person(email: string): Promise<WebVisitor>;
  stop(): Promise<void>;
}

export async function openTokens(
  change: (config: Config) => Config = (config) => config,
): Promise<TokenStage> {
  const time = { now: START };
  const running = await startApp({ clock: () => time.now, change });
  return {
    running,
    time,
    person: (email) => signUp(running, email),
    stop: () => running.stop(),
  };
}

export const GOOD: Fields = {
  description: 'nightly export',
  expires_in: '30',
  scope: ['asset.read', 'asset.create', 'comment.read'],
};

/** Fills in and sends the form of a new token. */
export async function ask(visitor: WebVisitor, fields: Fields = {}): Promise<Page> {
  await visitor.get('/tokens/new');
  return visitor.submit('/tokens', { ...GOOD, ...fields });
}

export interface Shown {
  readonly id: string;
  readonly value: string;
}

/** The credential that a page shows; `null` when it shows none. */
export function shownOn({ html }: Page): Shown | null {
  const [value, id = ''] = /gate_pat_([0-9A-Za-z]{12})[0-9A-Za-z]{20,}/.exec(html) ?? [];
  return value === undefined ? null : { id, value };
}

export async function make(visitor: WebVisitor, fields: Fields = {}): Promise<Shown> {
  const page = await ask(visitor, fields);
  const shown = shownOn(page);
  assert.ok(shown !== null, page.text);
  return shown;
}

export async function csrfOf(visitor: WebVisitor): Promise<string> {
  await visitor.get('/account');
  const csrf = visitor.hidden('/account/profile')?.['csrf'];
  assert.ok(csrf !== undefined);
  return csrf;
}

export async function statusOfCall({ running }: TokenStage, value: string): Promise<number> {
  const headers = { authorization: `Bearer ${value}` };
  return (await fetch(`${running.base}/v2/me`, { headers })).status;
}
