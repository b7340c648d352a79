/** Registering an app and changing what it says of itself. */
import { isLimited } from '../audit/event.ts';
import { mostADay, refuseBeyondDay, type MadeEnough } from '../limits/day-limit.ts';
import type { User } from '../identity/types.ts';
import { newId } from '../kit/ids.ts';
import { isStillAnswerable } from '../oauth/authorize/code-terms.ts';
import { historyAfter, NO_CHANGES } from '../oauth/clients/scope-history.ts';
import {
  FIELD_NAMES,
  fieldOf,
  type ClientColumns,
  type FieldName,
} from '../oauth/clients/fields.ts';
import { termsOf } from '../oauth/clients/client-terms.ts';
import { isConfidential, type ClientType } from '../oauth/vocabulary.ts';
import {
  appEvent,
  findManaged,
  lockManaged,
  NO_SUCH_APP,
  type AppActor,
  type AppContext,
  type AppPerson,
  type InvalidApp,
  type NoSuchApp,
} from './context.ts';
import {
  columnsOf,
  faultsOfApp,
  formOf,
  inPresentNames,
  type AppForm,
  type HeldByOwner,
} from './form.ts';
import { readMetadata, type Metadata, type MetadataColumns } from './metadata.ts';
import type { AppStores } from './ports.ts';
import { mintSecret, storeSecret } from './secrets.ts';
import type { App, AppSecret } from './types.ts';

export interface Registration {
  readonly type: ClientType;
  readonly form: AppForm;
  /** `null`: it belongs to nobody, which operators alone register. */
  readonly accountId: string | null;
  readonly creationKey: string;
  /** A resource server, which may ask about every token. For operators alone. */
  readonly mayIntrospect?: true;
  readonly metadata?: Metadata;
}

export type RegisterOutcome =
  /** `secret` is the first client secret, shown once; `null` for a public app. */
  | { readonly outcome: 'registered'; readonly app: App; readonly secret: string | null }
  | { readonly outcome: 'already-registered'; readonly app: App }
  | { readonly outcome: 'not-allowed' }
  | { readonly outcome: 'email-unverified' }
  | { readonly outcome: 'too-many'; readonly most: number }
  | MadeEnough
  | InvalidApp;

export async function registerApp(
  context: AppContext,
  asked: Registration,
  actor: AppPerson,
): Promise<RegisterOutcome> {
  const registration = { ...asked, form: inPresentNames(context, asked.form) };
  const { type, form, accountId, mayIntrospect = false } = registration;
  if (!mayRegister(context, actor)) return { outcome: 'not-allowed' };
  const metadata = readMetadata(type, registration.metadata);
  if (metadata.outcome === 'invalid') return metadata;
  const hasSecret = isConfidential(metadata.terms);
  if (mayIntrospect && (!actor.isOperator || !hasSecret)) return { outcome: 'not-allowed' };
  if (actor.user.emailVerifiedAt === null) return { outcome: 'email-unverified' };
  const { ceiling, isOperator } = actor;
  if (accountId === null && (!isOperator || ceiling !== null)) return { outcome: 'not-allowed' };
  const held = await heldBy(context, { ownerId: actor.user.id, accountId }, actor);
  if (held === null) return NO_MEMBER;
  if (ceiling !== null && ceiling.accountId !== accountId) return OTHER_ACCOUNT;
  const { terms } = metadata;
  const judged = { form, type, terms, held, ceiling, mayIntrospect, isOperator, before: null };
  const errors = faultsOfApp(context, judged);
  if (Object.keys(errors).length > 0) return { outcome: 'invalid', errors };
  const app = newApp(context, registration, { user: actor.user, metadata: metadata.columns });
  return register(context, app, { actor, hasSecret });
}

function register(
  context: AppContext,
  app: App,
  { actor, hasSecret }: { actor: AppPerson; hasSecret: boolean },
): Promise<RegisterOutcome> {
  const minted = hasSecret ? mintSecret(context, app, { ...app, actor }) : null;
  return context.storage.transaction(async (stores): Promise<RegisterOutcome> => {
    const refusal = await refuseAnother(context, stores, { app, actor });
    if (refusal !== null) return refusal;
    await store(stores, { app, secret: minted?.secret ?? null, actor });
    return { outcome: 'registered', app, secret: minted?.value ?? null };
  });
}

/** An operator's token registers as its user may; what it can give away is bounded by the token. */
export const mayRegister = (
  { policy }: AppContext,
  { user, isOperator }: Pick<AppPerson, 'user' | 'isOperator'>,
): boolean => policy.registration === 'everyone' || isOperator || user.isOperator;

const refuseAccount = (message: string): InvalidApp => ({
  outcome: 'invalid',
  errors: { account_id: message },
});
const NO_MEMBER = refuseAccount('You are not a member of this account.');
const OTHER_ACCOUNT = refuseAccount('The calling token belongs to another account.');

/** A service acts with the rights of its owner. */
const NOBODYS: HeldByOwner = {
  refusal: 'Without an owner, whose role would allow it, a service cannot have',
  scopes: new Set(),
};

/** `null` when the user is no member of the account. */
async function heldBy(
  { storage, catalogues }: AppContext,
  { ownerId, accountId }: Pick<App, 'ownerId' | 'accountId'>,
  { origin }: AppActor,
): Promise<HeldByOwner | null> {
  if (ownerId === null || accountId === null) return NOBODYS;
  const membership = await storage.accounts.membership(accountId, ownerId);
  if (membership === null) return null;
  const { role } = membership;
  const whose = origin.actorId === ownerId ? 'Your role' : `The owner's role, ${role},`;
  return { refusal: `${whose} does not allow`, scopes: catalogues.current().heldBy(role) };
}

function newApp(
  context: AppContext,
  registration: Registration,
  { user, metadata }: { user: User; metadata: MetadataColumns },
): App {
  const now = context.clock();
  const { type, accountId, creationKey, form, mayIntrospect = false } = registration;
  return {
    id: newId(),
    ownerId: accountId === null ? null : user.id,
    accountId,
    type,
    ...columnsOf(form, context.catalogues.current()),
    scopeHistory: NO_CHANGES,
    mayIntrospect,
    resourceId: null,
    ...metadata,
    creationKey,
    createdAt: now,
    updatedAt: now,
    disabledAt: null,
    deletedAt: null,
  };
}

/** Held until the end, so that two forms sent at once cannot both take the last place. */
async function refuseAnother(
  { policy }: AppContext,
  stores: AppStores,
  { app, actor }: { app: App; actor: AppPerson },
): Promise<RegisterOutcome | null> {
  const { ownerId } = app;
  await stores.users.lock(actor.user.id);
  const earlier = await stores.apps.byCreationKey(ownerId, app.creationKey);
  if (earlier !== null) return { outcome: 'already-registered', app: earlier };
  // Those of nobody are registered by operators, whom no limit keeps from it.
  if (ownerId === null) return null;
  const most = policy.mostPerUser;
  if ((await stores.apps.countLive(ownerId)) >= most) return { outcome: 'too-many', most };
  if (!isLimited(actor.origin)) return null;
  return refuseBeyondDay({
    most: mostADay(most),
    now: app.createdAt,
    madeAt: (asked) => stores.apps.madeAt(ownerId, asked),
  });
}

async function store(
  stores: AppStores,
  { app, secret, actor }: { app: App; secret: AppSecret | null; actor: AppActor },
): Promise<void> {
  await stores.apps.insert(app);
  if (secret !== null) await storeSecret(stores, secret);
  const { type, mayIntrospect } = app;
  const details = {
    type,
    scopes: app.scopes.join(' '),
    ...(mayIntrospect && { may_introspect: true }),
  };
  await stores.events.append(
    appEvent(app, 'oauth_app_created', { actor, at: app.createdAt, details }),
  );
}

export type ChangeOutcome =
  { readonly outcome: 'changed'; readonly app: App } | InvalidApp | NoSuchApp;

interface Change {
  readonly id: string;
  /** What is left out stays as it is. */
  readonly form: Partial<AppForm>;
}

const NOTHING: HeldByOwner = {
  refusal: 'Its owner, no longer a member of the account, cannot give it',
  scopes: new Set(),
};

/**
 * Everything but the type and the owner. Scopes that are taken away are gone from tokens, refresh tokens and codes at once, and
 * a redirect URI or the switch for missing PKCE from the codes that relied on it.
 */
export async function changeApp(
  context: AppContext,
  { id, form }: Change,
  actor: AppActor,
): Promise<ChangeOutcome> {
  const found = await findManaged(context, actor, id);
  if (found === null) return NO_SUCH_APP;
  const held = (await heldBy(context, found, actor)) ?? NOTHING;
  return context.storage.transaction(async (stores): Promise<ChangeOutcome> => {
    // Others may be changing it too: what this one leaves out must not undo what they took away.
    const app = await lockManaged(context, stores, { found, actor });
    if (app === null) return NO_SUCH_APP;
    const whole = inPresentNames(context, { ...formOf(app), ...form });
    return write(context, stores, { app, form: whole, held, actor });
  });
}

interface Writing {
  readonly app: App;
  readonly form: AppForm;
  readonly held: HeldByOwner;
  readonly actor: AppActor;
}

async function write(
  context: AppContext,
  stores: AppStores,
  { app, form, held, actor }: Writing,
): Promise<ChangeOutcome> {
  const { type, mayIntrospect } = app;
  const { ceiling, isOperator } = actor;
  const terms = termsOf(app);
  const judged = { form, type, terms, held, ceiling, mayIntrospect, isOperator, before: app };
  const errors = faultsOfApp(context, judged);
  if (Object.keys(errors).length > 0) return { outcome: 'invalid', errors };
  const columns = columnsOf(form, context.catalogues.current());
  const scopeHistory = historyAfter(app, columns.scopes);
  const at = context.clock();
  await stores.apps.update(app.id, { ...columns, scopeHistory }, at);
  const changed = { ...app, ...columns, scopeHistory, updatedAt: at };
  const client = { ...changed, ...terms };
  await stores.appGrants.endCodes(app.id, (code) => !isStillAnswerable(client, code), at);
  const details = changesBetween(app, columns);
  await stores.events.append(appEvent(app, 'oauth_app_updated', { actor, at, details }));
  return { outcome: 'changed', app: changed };
}

/** What an investigation asks for: where answers went to, what could be asked for, and what people were told. */
function changesBetween(app: ClientColumns, columns: ClientColumns): Record<string, string> {
  const details = FIELD_NAMES.flatMap((name): readonly (readonly [string, string])[] => {
    const { isLogged } = fieldOf(name);
    const [before, after] = [logged(app[name]), logged(columns[name])];
    if (isLogged === undefined || before === after) return [];
    const was = [`${name}_before`, before] as const;
    return isLogged === 'both' ? [was, [name, after]] : [was];
  });
  return Object.fromEntries(details);
}

const logged = (value: ClientColumns[FieldName]): string =>
  typeof value === 'object' && value !== null ? value.join(' ') : String(value ?? '');
