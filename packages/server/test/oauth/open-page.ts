/** A page of consent that is open, what it says, and everything that can change behind it. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { ROLES, type Role, type User } from '../../src/identity/types.ts';
import type { AppForm } from '../../src/apps/form.ts';
import type { AppAct } from '../../src/apps/switch.ts';
import type { Config } from '../../src/config/config.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { approve, CALLBACK, FORM, type Registered } from '../support/oauth.ts';
import { textOf, unescape } from '../support/visitor.ts';
import type { Person, Place } from './place.ts';

export const SCOPES = ['account.read', 'asset.read', 'asset.create', 'asset.delete', 'offline'];
const OPTIONAL = ['asset.read', 'asset.create', 'asset.delete', 'offline'];

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

/** The catalogues under which a service may go on with the same database; the first is that under which the page was drawn. */
export const CATALOGUES: readonly ((config: Config) => Config)[] = [
  (config) => config,
  (config) => ({ ...config, scopes: config.scopes.map(reworded) }),
  (config) => ({ ...config, scopes: config.scopes.map(relevelled) }),
  (config) => ({ ...config, roles: { ...config.roles, owner: config.roles.viewer } }),
];

type Known = Config['scopes'][number];

const reworded = (scope: Known): Known =>
  scope.name === 'asset.read' ? { ...scope, description: 'look at films' } : scope;

const relevelled = (scope: Known): Known =>
  scope.name === 'asset.create' ? { ...scope, level: 'read' } : scope;

/** The page as a person reads it. */
export interface Said {
  readonly words: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** `null`: it is not the question. */
export function readPage(html: string): Said | null {
  const form = /<form[^>]*action="\/oauth2\/auth"[^]*?<\/form>/.exec(html)?.[0];
  const main = /<main[^]*<\/main>/.exec(html)?.[0];
  if (form === undefined || main === undefined) return null;
  const optional = [...form.matchAll(/type="checkbox" name="scope" value="([^"]+)"/g)].map(
    ([, name = '']) => unescape(name),
  );
  const named = [...form.matchAll(/<code class="inline">([^<]+)<\/code>/g)].map(([, name = '']) =>
    unescape(name),
  );
  if (/Also while you are away, until you disconnect it\./.test(form)) named.push('offline');
  const links = [...main.matchAll(/href="(https?:[^"]+)"/g)].map(([, to = '']) => to);
  const said = main.replace(/<div[^>]*class="[^"]*notice[^]*?<\/div>/, '');
  return {
    words: [textOf(said), ...links].join(' '),
    required: named.filter((name) => !optional.includes(name)),
    optional,
  };
}

export interface Open {
  readonly place: Place;
  readonly developer: Person;
  readonly person: Person;
  readonly registered: Registered;
  readonly form: AppForm;
  /** Who is or was signed in to the browser. */
  readonly users: User[];
}

/** A public app may leave PKCE out, and its requests do. */
export async function openScene(place: Place, isPublic: boolean): Promise<Open> {
  const developer = { user: await place.user(), visitor: place.running.visitor() };
  const person = await place.person();
  const base = { ...FORM, scopes: SCOPES, optionalScopes: OPTIONAL };
  const form = { ...base, allowsMissingPkce: isPublic };
  const type = isPublic ? 'public' : 'web';
  const registered = await place.register(developer.user, { ...form, type });
  const { id: userId } = person.user;
  const membership = {
    userId,
    accountId: developer.user.accountId,
    role: 'member',
    origin,
  } as const;
  await place.modules.accounts.changeRole(membership);
  return { place, developer, person, registered, form, users: [person.user] };
}

export const grantsOf = ({ place, registered: { app }, developer, users }: Open) =>
  Promise.all(
    users
      .flatMap(({ id, accountId }) =>
        [accountId, developer.user.accountId].map((account) => ({
          userId: id,
          accountId: account,
        })),
      )
      .map((key) => place.modules.storage.grants.find({ ...key, clientId: app.id })),
  );

export interface Change {
  readonly name: string;
  readonly make: (open: Open) => Promise<unknown>;
}

const change = (name: string, make: Change['make']): Change =>
  Object.assign({ name, make }, { [fc.toStringMethod]: () => name });

const actorOf = ({ developer }: Open) =>
  ({ user: developer.user, origin, isOperator: false, ceiling: null }) as const;

const switching = (act: AppAct): Change =>
  change(`app: ${act}`, (open) =>
    open.place.modules.authorization.apps.switch(
      { id: open.registered.app.id, act },
      actorOf(open),
    ),
  );

const disabledMeanwhile = change('app: disable, enable', async (open) => {
  await switching('disable').make(open);
  await switching('enable').make(open);
});

const formed = (part: Partial<AppForm>): Change =>
  change(`app: ${JSON.stringify(part)}`, async (open) => {
    const { apps } = open.place.modules.authorization;
    const form = { ...open.form, ...part };
    const optionalScopes = form.optionalScopes.filter((name) => form.scopes.includes(name));
    const changed = await apps.change(
      { id: open.registered.app.id, form: { ...form, optionalScopes } },
      actorOf(open),
    );
    if (changed.outcome === 'invalid') throw new Error(JSON.stringify(changed));
  });

const FORMS = fc
  .oneof(
    fc.constantFrom<Partial<AppForm>[]>(
      { name: 'Film Room' },
      { description: 'Sells films' },
      { description: '' },
      { homepageUrl: 'https://films.example.com' },
      { homepageUrl: '' },
      { privacyUrl: 'https://films.example.com/privacy' },
      { redirectUris: ['https://films.example.com/callback'] },
      { redirectUris: [CALLBACK, 'https://films.example.com/callback'] },
      { allowsMissingPkce: false },
      { accessSeconds: 300 },
      { refreshSeconds: 7200 },
      { isRefreshStrict: true },
    ),
    fc.subarray(SCOPES, { minLength: 1 }).map((scopes) => ({ scopes })),
    fc.subarray(OPTIONAL).map((optionalScopes) => ({ optionalScopes })),
  )
  .map(formed);

/** No act of the product gives an app away; a script of whoever runs it may. */
const transferred = change('app: transferred', async ({ place, person, registered }) => {
  const { databaseUrl, dataDirectory } = place.running.app.config.storage;
  const engine = databaseUrl === null ? await openSqlite(dataDirectory) : openPostgres(databaseUrl);
  try {
    await sql`update apps set owner_id = ${person.user.id} where id = ${registered.app.id}`.execute(
      engine.read,
    );
  } finally {
    await engine.close();
  }
});

const profiled = (
  who: 'person' | 'developer',
  form: Partial<Record<'name' | 'bio' | 'location', string>>,
): Change =>
  change(`${who}: ${JSON.stringify(form)}`, (open) => {
    const { user } = open[who];
    const whole = { name: user.name, bio: '', location: '', ...form };
    return open.place.modules.accounts.changeProfile({ user, form: whole, origin });
  });

const suspended = (who: 'person' | 'developer', isLifted: boolean): Change =>
  change(`${who}: suspended${isLifted ? ' and lifted' : ''}`, async (open) => {
    const { accounts } = open.place.modules;
    const given = { userId: open[who].user.id, origin };
    await accounts.setSuspended({ ...given, isSuspended: true });
    if (isLifted) await accounts.setSuspended({ ...given, isSuspended: false, earlier: 'keep' });
  });

const readdressed = (isVerified: boolean): Change =>
  change(`person: e-mail ${isVerified}`, ({ place, person: { user } }) => {
    const email = `${crypto.randomUUID()}@example.com`;
    return place.modules.accounts.assignEmail({ user, origin, email, isVerified });
  });

const roled = (where: 'person' | 'developer', role: Role | null): Change =>
  change(`role in the account of the ${where}: ${role}`, async (open) => {
    const { id: userId } = open.person.user;
    const { accountId } = open[where].user;
    const given = { userId, accountId, role, origin, earlier: 'keep' } as const;
    await open.place.modules.accounts.changeRole(given);
  });

const granted = (scopes: readonly string[], declined: readonly string[]): Change =>
  change(`grant: ${scopes.join()} without ${declined.join()}`, async (open) => {
    const { user } = open.person;
    const { app } = open.registered;
    const record = await open.place.modules.storage.clients.byId(app.id);
    const known = scopes.filter((name) => record?.client.scopes.includes(name));
    if (known.length === 0) return;
    // Nothing is given when the app was deleted or disabled meanwhile.
    await approve(open.place.modules, { user, app }, { scopes: known, declined }).catch(() => null);
  });

const disconnected = change('grant: disconnected', async (open) => {
  const { id: userId } = open.person.user;
  for (const grant of await grantsOf(open)) {
    if (grant === null) continue;
    const ended = { grantId: grant.id, userId, appName: 'x', origin };
    await open.place.modules.authorization.consent.disconnect(ended);
  }
});

const signedInAnew = (isOther: boolean): Change =>
  change(isOther ? 'another user signs in' : 'signs in again', async (open) => {
    const { visitor, user } = open.person;
    await visitor.get('/sign-in?again=1');
    const next = isOther ? await open.place.user() : user;
    if (isOther) open.users.push(next);
    await open.place.signIn(visitor, next);
  });

const GRANTS = fc
  .tuple(fc.subarray(SCOPES, { minLength: 1 }), fc.subarray(OPTIONAL))
  .map(([scopes, left]) =>
    granted(
      scopes,
      left.filter((name) => !scopes.includes(name)),
    ),
  );

const ROLED = fc
  .tuple(fc.constantFrom('person' as const, 'developer' as const), fc.constantFrom(...ROLES, null))
  .map(([where, role]) => roled(where, role));

export const CHANGES: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: FORMS },
  { weight: 3, arbitrary: ROLED },
  { weight: 3, arbitrary: GRANTS },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      switching('disable'),
      switching('delete'),
      disabledMeanwhile,
      transferred,
      profiled('developer', { name: 'Dora Developer' }),
      profiled('person', { name: 'Bea Example' }),
      profiled('person', { bio: 'Cuts films' }),
      suspended('developer', false),
      suspended('developer', true),
      suspended('person', false),
      suspended('person', true),
      readdressed(true),
      readdressed(false),
      disconnected,
      signedInAnew(false),
      signedInAnew(true),
    ),
  },
);
