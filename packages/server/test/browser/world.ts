/** Everything that a page can have to show: people and tokens in every state, short and long, made through the services. */
import type { User } from '../../src/identity/types.ts';
import type { Origin } from '../../src/audit/event.ts';
import type { DeveloperToken } from '../../src/developer-tokens/types.ts';
import { dayOf } from '../../src/developer-tokens/usage.ts';
import type { App } from '../../src/apps/types.ts';
import { approve, registerApp } from '../support/oauth.ts';
import { PASSWORD } from '../support/running-app.ts';
import { DAY, type Stage } from './stage.ts';

export interface World {
  readonly people: Readonly<Record<'operator' | 'newcomer' | 'ada' | 'viewer' | 'long', User>>;
  readonly tokens: Readonly<
    Record<
      'used' | 'plain' | 'disabled' | 'revoked' | 'exposed' | 'rotated' | 'long' | 'narrowed',
      DeveloperToken
    >
  >;
  readonly unverified: string;
  /** Registered by the newcomer, and allowed by Ada. */
  readonly app: App;
  readonly grantId: string;
}

export const LONG_EMAIL = `${'wolfeschlegelsteinhausen'.repeat(2)}@${'averylongsubdomain.'.repeat(5)}example.com`;
const RTL_NAME = 'محمد عبد الرحمن الفارسي';
/** Both as long as a description may be. */
const LONG_TEXT =
  'Exports every asset of the summer campaign to the archive in Reykjavík each night. '
    .repeat(3)
    .slice(0, 200);
const ONE_WORD = 'nightly_export_'.repeat(20).slice(0, 200);

const origin: Origin = { source: 'portal', client: 'web', address: '127.0.0.1', actorId: null };

const READ = ['account.read', 'team.read', 'project.read', 'asset.read', 'comment.read'];
const ALL = ['asset.create', 'asset.update', 'asset.delete', 'comment.create', ...READ];

export async function buildWorld(stage: Stage): Promise<World> {
  stage.travel(-100 * DAY);
  const people = {
    operator: await stage.person({ email: 'olive@example.com', name: 'Olive Operator' }),
    newcomer: await stage.person({ email: 'nele@example.com', name: 'Nele Newcomer' }),
    ada: await stage.person({ email: 'ada@example.com', name: 'Ada Example' }),
    viewer: await stage.person({ email: 'vera@example.com', name: RTL_NAME }),
    long: await stage.person({ email: LONG_EMAIL, name: 'Wolfeschlegelsteinhausen'.repeat(4) }),
  };
  await makeMany(stage, people.ada);
  stage.travel(60 * DAY);
  const narrowed = await make(stage, people.viewer, { description: RTL_NAME, scopes: ALL });
  const long = await make(stage, people.long, { description: ONE_WORD, scopes: READ });
  const tokens = { ...(await makeStates(stage, people.ada)), narrowed, long };
  stage.travel(40 * DAY);
  await lower(stage, people.viewer);
  await make(stage, people.ada, { description: 'Smoke test of the week', life: 3 * DAY });
  await makeTroubles(stage);
  return {
    people,
    tokens: await refreshed(stage, tokens),
    unverified: await signUp(stage),
    ...(await connect(stage, { developer: people.newcomer, user: people.ada })),
  };
}

async function connect(
  stage: Stage,
  { developer, user }: { developer: User; user: User },
): Promise<Pick<World, 'app' | 'grantId'>> {
  const modules = stage.running.app;
  const { app } = await registerApp(modules, developer, {
    scopes: ['account.read', 'asset.read', 'asset.create', 'asset.delete', 'offline'],
    optionalScopes: ['asset.create', 'asset.delete'],
  });
  await approve(modules, { user, app });
  const key = { userId: user.id, clientId: app.id, accountId: user.accountId };
  const grant = await modules.storage.grants.find(key);
  if (grant === null) throw new Error('no grant was made');
  return { app, grantId: grant.id };
}

interface Wish {
  readonly description: string;
  readonly scopes?: readonly string[];
  readonly life?: number | null;
}

async function make(stage: Stage, user: User, wish: Wish): Promise<DeveloperToken> {
  const { description, scopes = READ, life = 365 * DAY } = wish;
  const { accountId } = user;
  const creationKey = crypto.randomUUID();
  const made = await stage.running.app.tokens.create(
    { description, scopes, lifeSeconds: life, accountId, creationKey },
    { user, origin: { ...origin, actorId: user.id }, ceiling: null },
  );
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
  return made.token;
}

/** More than a page of the list. */
async function makeMany(stage: Stage, user: User): Promise<void> {
  for (let number = 1; number <= 24; number += 1) {
    const life = number % 5 === 0 ? null : (number % 3 === 0 ? 30 : 365) * DAY;
    await make(stage, user, { description: `Render node ${number}`, scopes: ALL, life });
  }
}

async function makeStates(stage: Stage, user: User) {
  const { tokens } = stage.running.app;
  const actor = { user, origin: { ...origin, actorId: user.id }, ceiling: null };
  const disabled = await make(stage, user, { description: 'Old staging server' });
  await tokens.switch({ id: disabled.id, act: 'disable' }, actor);
  const revoked = await make(stage, user, { description: 'Laptop that was stolen' });
  await tokens.revokeMany([revoked.id], actor);
  const exposed = await make(stage, user, { description: 'Build pipeline' });
  await tokens.exposeForOwner({ id: exposed.id, by: 'an operator' }, { origin });
  const plain = await make(stage, user, { description: LONG_TEXT, life: null });
  const rotated = await make(stage, user, { description: 'Billing sync', scopes: ALL });
  const asked = { id: rotated.id, overlapSeconds: 7 * DAY, creationKey: crypto.randomUUID() };
  stage.travel(38 * DAY);
  await tokens.rotate(asked, actor);
  stage.travel(-38 * DAY);
  const used = await make(stage, user, { description: 'Nightly export', scopes: ALL });
  await tokens.change({ id: used.id, description: 'Nightly export to the archive' }, actor);
  stage.travel(40 * DAY);
  await recordUse(stage, used.id);
  await recordUse(stage, rotated.id);
  stage.travel(-40 * DAY);
  return { used, plain, disabled, revoked, exposed, rotated };
}

const PLACES = [
  ['203.0.113.24', 'curl/8.9.1'],
  ['2001:0db8:85a3:0000:0000:8a2e:0370:7334', 'export-worker/4.12.0 (Linux; node v26.10.0)'],
  ['2001:db8:85a3::8a2e:370:7335', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/147'],
] as const;

async function recordUse(stage: Stage, tokenId: string): Promise<void> {
  const now = stage.now();
  const today = dayOf(now);
  const outcomes = ['allowed', 'allowed', 'scope_missing', 'rate_limited'];
  await stage.running.app.storage.usage.record({
    lastUsed: [{ tokenId, at: now - 240, address: PLACES[1][0], agent: PLACES[1][1] }],
    uses: Array.from({ length: 70 }, (_, index) => ({
      tokenId,
      day: today - (index % 29),
      outcome: outcomes[index % outcomes.length] ?? 'allowed',
      count: ((index * 7) % 23) + 1,
    })),
    addresses: PLACES.map(([address, agent], index) => ({
      tokenId,
      address,
      agent,
      firstUsedAt: now - 20 * DAY,
      lastUsedAt: now - 240 - index * 7200,
      uses: 1200 - index * 399,
    })),
  });
}

async function lower(stage: Stage, { id, accountId }: User): Promise<void> {
  const { accounts } = stage.running.app;
  await accounts.changeRole({ userId: id, accountId, role: 'viewer', origin });
}

/** One message that waits and one that was given up. */
async function makeTroubles(stage: Stage): Promise<void> {
  const { outbox } = stage.running.app.storage;
  const { items } = await outbox.list('all', { page: 1, pageSize: 2 });
  const at = stage.now();
  for (const [index, { id }] of items.entries()) {
    const error = '451 4.7.1 Greylisting in action, please come back in about 5 minutes';
    await outbox.markFailed(id, {
      error,
      at,
      nextAttemptAt: index === 0 ? at + 300 : null,
      unanswered: 0,
      isHeld: false,
    });
  }
}

async function refreshed(stage: Stage, tokens: World['tokens']): Promise<World['tokens']> {
  const { storage } = stage.running.app;
  const found = { ...tokens };
  for (const name of Object.keys(tokens) as (keyof World['tokens'])[]) {
    found[name] = (await storage.tokens.byId(tokens[name].id)) ?? tokens[name];
  }
  return found;
}

async function signUp(stage: Stage): Promise<string> {
  const email = 'umar@example.com';
  const visitor = { address: '127.0.0.1', agent: 'Test/1.0', deviceToken: null };
  const form = { name: 'Umar Unverified', email, password: PASSWORD };
  const outcome = await stage.running.app.accounts.signUp(form, visitor);
  if (outcome.outcome !== 'sent') throw new Error(outcome.outcome);
  return email;
}
