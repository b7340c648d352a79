/** Apps, secrets and grants as the command line shows them: the API's records with the user's address. Never a secret. */
import { showApp, showSecret } from '../api/v2/schemas/app.ts';
import { showGrant } from '../api/v2/schemas/grant.ts';
import { stateOfApp, type App, type AppSecret } from '../apps/types.ts';
import type { Connection } from '../consent/types.ts';
import type { CommandContext } from '../compose/contexts.ts';
import type { Row } from './table.ts';

export interface KnownApp {
  readonly app: App;
  /** Of its owner; `null`: nobody owns it. */
  readonly email: string | null;
  /** How many people have it connected. */
  readonly users: number;
}

export async function withFacts(
  { authorization }: CommandContext,
  apps: readonly App[],
): Promise<readonly KnownApp[]> {
  const { users, appGrants } = authorization.apps.reads;
  const owners = await users.byIds(apps.map(({ ownerId }) => ownerId).filter((id) => id !== null));
  const counts = await appGrants.countUsersOf(apps.map(({ id }) => id));
  return apps.map((app) => ({
    app,
    email: app.ownerId === null ? null : (owners.get(app.ownerId)?.email ?? ''),
    users: counts.get(app.id) ?? 0,
  }));
}

export function appRecord({ app, email, users }: KnownApp) {
  const { _type: _, ...record } = showApp(app, users);
  return { ...record, user_email: email };
}

export const appRow = ({ app, email, users }: KnownApp): Row => ({
  ID: app.id,
  STATE: stateOfApp(app),
  TYPE: app.type,
  USER: email ?? 'nobody',
  CONNECTED: String(users),
  NAME: app.name,
});

export function secretRecord(secret: AppSecret) {
  const { _type: _, ...record } = showSecret(secret);
  return record;
}

export const secretRow = ({ id, createdAt, lastUsedAt }: AppSecret): Row => ({
  ID: id,
  ADDED: day(createdAt),
  'LAST USED': lastUsedAt === null ? 'never' : day(lastUsedAt),
});

export interface KnownGrant {
  readonly grant: Connection;
  readonly email: string;
}

export function grantRecord({ grant, email }: KnownGrant) {
  const { _type: _, ...record } = showGrant(grant);
  return { ...record, user_email: email };
}

export const grantRow = ({ grant, email }: KnownGrant): Row => ({
  ID: grant.id,
  USER: email,
  SCOPES: String(grant.scopes.length),
  SINCE: day(grant.createdAt),
  'LAST USED': grant.lastUsedAt === null ? 'never' : day(grant.lastUsedAt),
  APP: grant.app.name,
});

const day = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);
