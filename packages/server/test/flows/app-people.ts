/** Developers with apps on a whole server, as their pages have it. */
import assert from 'node:assert/strict';
import type { User } from '../../src/identity/types.ts';
import { CALLBACK } from '../support/oauth.ts';
import { PASSWORD, type RunningApp } from '../support/running-app.ts';
import { encode, type Fields, type Page, type Reply, type WebVisitor } from '../support/visitor.ts';

export const GOOD: Fields = {
  type: 'web',
  name: 'Cutting Room',
  description: 'Cuts films',
  homepage_url: 'https://app.example.com',
  redirect_uris: CALLBACK,
  'scope.account.read': 'required',
  'scope.asset.read': 'required',
  'scope.asset.create': 'optional',
  'scope.offline': 'required',
};

export const SERVICE: Fields = {
  type: 'service',
  name: 'Render farm',
  'scope.account.read': 'required',
  'scope.asset.read': 'required',
};

/** Fills in and sends the form of a new app. */
export async function ask(visitor: WebVisitor, fields: Fields = GOOD): Promise<Page> {
  await visitor.get('/apps/new');
  return visitor.submit('/apps', fields);
}

export const secretOn = ({ html }: { html: string }): string | null =>
  /gate_cs_[0-9A-Za-z]{40,}/.exec(html)?.[0] ?? null;

export const idOn = ({ html, url }: Page): string =>
  /\/apps\/([0-9a-f-]{36})/.exec(url + html)?.[1] ?? '';

export interface Made {
  readonly id: string;
  readonly secret: string;
}

export async function make(visitor: WebVisitor, fields: Fields = GOOD): Promise<Made> {
  const page = await ask(visitor, fields);
  assert.equal(page.status, 200, page.text);
  return { id: idOn(page), secret: secretOn(page) ?? '' };
}

export async function csrfOf(visitor: WebVisitor): Promise<string> {
  await visitor.get('/account');
  const csrf = visitor.hidden('/account/profile')?.['csrf'];
  assert.ok(csrf !== undefined);
  return csrf;
}

/** Posts a form of the pages without having seen them. */
export async function act(visitor: WebVisitor, path: string, fields: Fields = {}): Promise<Reply> {
  const csrf = await csrfOf(visitor);
  return visitor.send('POST', path, { body: encode({ csrf, ...fields }) });
}

export async function addSecret(visitor: WebVisitor, id: string): Promise<string> {
  await visitor.get(`/apps/${id}`);
  const secret = secretOn(await visitor.submit(`/apps/${id}/secrets`));
  assert.ok(secret !== null);
  return secret;
}

/** The id inside a client secret: what pages name it by. */
export const publicIdOf = (secret: string): string => secret.slice('gate_cs_'.length).slice(0, 12);

export async function userOf({ app }: RunningApp, email: string): Promise<User> {
  const user = await app.storage.users.byEmail(email);
  assert.ok(user !== null);
  return user;
}

export async function signIn(running: RunningApp, email: string): Promise<WebVisitor> {
  const visitor = running.visitor();
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email, password: PASSWORD });
  return visitor;
}

export async function callMe({ base }: RunningApp, token: string) {
  const response = await fetch(`${base}/v2/token`, {
    headers: { authorization: `Bearer ${token}` },
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  const json: any = await response.json();
  return { status: response.status, json };
}
