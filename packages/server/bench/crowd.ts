/**
 * What an owner's acts cost whose app many people have connected, on SQLite: how long each takes, and the longest time for which
 * nothing else was done meanwhile. Prints, and judges nothing.
 */
import type { AppActor } from '../src/apps/context.ts';
import type { App } from '../src/apps/types.ts';
import { answerTokenRequest } from '../src/oauth/grants/pipeline.ts';
import { openSqlite } from '../src/storage/sqlite.ts';
import { endGrants } from '../src/compose/jobs.ts';
import { addCrowd } from '../test/support/crowd.ts';
import { approve, basicOf, CALLBACK, registerApp } from '../test/support/oauth.ts';
import { makeWorkplace, type Workplace } from './workplace.ts';

export interface CrowdAct {
  readonly name: string;
  readonly milliseconds: number;
  /** The longest that the event loop stood still. */
  readonly longestStill: number;
}

const SCOPES = ['account.read', 'asset.read', 'asset.create', 'offline'];

/** One of each row, made as any other. */
async function makeOne({ modules, user }: Workplace): Promise<App> {
  await modules.storage.users.update(user.id, { emailVerifiedAt: 1 });
  const registered = await registerApp(modules, user, { scopes: SCOPES });
  const code = await approve(modules, { user, app: registered.app });
  await answerTokenRequest(modules.authorization.tokenEndpoint, {
    authorization: basicOf({ id: registered.app.id, secret: registered.secret }),
    body: { grant_type: 'authorization_code', code, redirect_uri: CALLBACK },
    caller: { address: '127.0.0.1', agent: 'bench' },
    now: modules.clock(),
  });
  return registered.app;
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Turns of the event loop are counted beside the act: the longest of them is how long it stood still. */
async function timed(name: string, act: () => Promise<unknown>): Promise<CrowdAct> {
  const state = { isOver: false, longest: 0 };
  const watching = (async () => {
    for (let last = performance.now(); !state.isOver; last = performance.now()) {
      await turn();
      state.longest = Math.max(state.longest, performance.now() - last);
    }
  })();
  await turn();
  const start = performance.now();
  await act();
  const milliseconds = performance.now() - start;
  state.isOver = true;
  await watching;
  return { name, milliseconds, longestStill: state.longest };
}

const list = ({ storage }: Workplace['modules'], userId?: string) =>
  storage.grants.connections(
    { ...(userId !== undefined && { userId }), sinceDay: 0 },
    { page: 1, pageSize: 50 },
  );

export async function measureCrowd(people: number): Promise<readonly CrowdAct[]> {
  const workplace = await makeWorkplace();
  const { modules, user } = workplace;
  const app = await makeOne(workplace);
  const database = await openSqlite(modules.config.storage.dataDirectory);
  const grants = database.read.selectFrom('grants').select('id').where('client_id', '=', app.id);
  const { id: grantId } = await grants.executeTakeFirstOrThrow();
  await addCrowd(database, { grantId, count: people });
  await database.close();
  const origin = { source: 'portal', client: 'web', address: null, actorId: user.id } as const;
  const actor: AppActor = { user, origin, isOperator: true, ceiling: null };
  const { apps } = modules.authorization;
  const change = (scopes: readonly string[]) =>
    apps.change({ id: app.id, form: { scopes } }, actor);
  const acts = [
    await timed('take a scope away', () => change(['account.read', 'asset.read', 'offline'])),
    await timed('take offline away', () => change(['account.read', 'asset.read'])),
    await timed('count its people', () => modules.storage.appGrants.countUsers(app.id)),
    await timed('disable it', () => apps.switch({ id: app.id, act: 'disable' }, actor)),
    await timed('delete it', () => apps.switch({ id: app.id, act: 'delete' }, actor)),
    await timed('list what its owner connected', () => list(modules, user.id)),
    await timed('list what anybody connected', () => list(modules)),
    await timed('end its connections', () => endGrants(modules)),
  ];
  await workplace.close();
  workplace.remove();
  return acts;
}
