/** One request for each route that writes, which is carried out: a route without one fails the tests that ask for all. */
import assert from 'node:assert/strict';
import type { Route } from '../../src/http/route.ts';
import { basicOf, type Basic } from '../support/oauth.ts';
import type { RunningApp } from '../support/running-app.ts';
import { encode, type Fields, type WebVisitor } from '../support/visitor.ts';
import { ACTS } from './act-table.ts';
import { makeToken, type Person, type Stage } from './people.ts';

/** Who is there for an act: `me` does it, and is an operator where the route asks for one. */
export interface World {
  readonly stage: Stage;
  readonly running: RunningApp;
  readonly me: Person;
  readonly other: Person;
}

/** What an act sends; the form of a page has its CSRF value besides. */
export interface Sent {
  /** In the order of the path. */
  readonly params?: readonly string[];
  readonly fields?: Fields;
  readonly json?: unknown;
  readonly basic?: Basic;
  /** Instead of the browser of `me`. */
  readonly visitor?: WebVisitor;
}

export type Act = (world: World) => Sent | Promise<Sent>;

export interface Done {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

export const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

/** Routes whose requests may change something. */
export const isWriting = ({ method }: Route): boolean => method !== 'GET' && method !== 'OPTIONS';

export async function openWorld(stage: Stage, { access }: Route): Promise<World> {
  const me = await stage.person({ isOperator: access.kind === 'operator' });
  return { stage, running: stage.running, me, other: await stage.person() };
}

/** Everything up to the act, which is then sent. */
export async function prepare(route: Route, world: World): Promise<() => Promise<Done>> {
  const act = ACTS[nameOf(route)];
  assert.ok(act !== undefined, `${nameOf(route)} has no act in test/costs/act-table.ts`);
  const sent = await act(world);
  const params = [...(sent.params ?? [])];
  const path = route.path.replaceAll(/:\w+/g, () => params.shift() ?? 'none');
  if (route.family === 'portal') return () => sendForm(world, path, sent);
  const bearer = await bearerFor(route, world);
  return () => sendCall(world, { method: route.method, path, bearer, sent });
}

async function bearerFor({ access }: Route, { running, me }: World): Promise<string | null> {
  return access.kind === 'bearer' ? (await makeToken(running, me.user)).value : null;
}

async function sendForm({ me }: World, path: string, sent: Sent): Promise<Done> {
  const { visitor = me.visitor, fields } = sent;
  const page = await visitor.post(path, { csrf: me.csrf, ...fields });
  return {
    status: page.status,
    text: page.text,
    retryAfter: page.headers.get('retry-after'),
  };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly bearer: string | null;
  readonly sent: Sent;
}

async function sendCall({ running }: World, { method, path, bearer, sent }: Call): Promise<Done> {
  const { json, fields, basic } = sent;
  const authorization = basic === undefined ? `Bearer ${bearer}` : basicOf(basic);
  const body = json === undefined ? fields && encode(fields) : JSON.stringify(json);
  const response = await fetch(running.base + path, {
    method,
    headers: { authorization, ...(json !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
  });
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, text: await response.text(), retryAfter };
}
