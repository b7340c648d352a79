/** Minting a developer token: every check that any way of making one has to pass, then one transaction. */
import type { Role } from '../identity/types.ts';
import { isLimited } from '../audit/event.ts';
import { days } from '../kit/clock.ts';
import { mostADay, refuseBeyondDay, type MadeEnough } from '../limits/day-limit.ts';
import { countOf } from '../kit/plural.ts';
import { mintCredential } from '../oauth/tokens/format.ts';
import { joinScopes, missingScopes } from '../catalogue/catalogue.ts';
import type { ResourceIds } from '../catalogue/resources.ts';
import {
  faultOfDescription,
  tokenEvent,
  type Actor,
  type InvalidToken,
  type TokenContext,
} from './context.ts';
import { noticedWhenMade } from './expiry-notices.ts';
import { MAX_LIFE_DAYS } from './longest-life.ts';
import type { TokenStores } from './ports.ts';
import { stateOf, type DeveloperToken } from './types.ts';

export interface TokenForm {
  readonly description: string;
  readonly scopes: readonly string[];
  /** What it is for; the first resource unless said otherwise. */
  readonly resources?: ResourceIds;
  /** Life in seconds; `null`: never expires. */
  readonly lifeSeconds: number | null;
  readonly accountId: string;
  /** The same key never makes a second token for the same user. */
  readonly creationKey: string;
}

export type CreateOutcome =
  /** `value` is the credential: show it once, keep it nowhere. */
  | { readonly outcome: 'created'; readonly token: DeveloperToken; readonly value: string }
  /** This form was used before; its secret cannot be shown again. */
  | { readonly outcome: 'already-created'; readonly token: DeveloperToken }
  | { readonly outcome: 'email-unverified' }
  | { readonly outcome: 'too-many'; readonly most: number }
  | MadeEnough
  | InvalidToken;

export async function createToken(
  context: TokenContext,
  form: TokenForm,
  actor: Actor,
): Promise<CreateOutcome> {
  if (actor.user.emailVerifiedAt === null) return { outcome: 'email-unverified' };
  const role = (await context.storage.accounts.membership(form.accountId, actor.user.id))?.role;
  const errors = faultsOf(context, form, { actor, role: role ?? null });
  if (Object.keys(errors).length > 0) return { outcome: 'invalid', errors };
  const { token, value } = mintToken(context, form, {
    userId: actor.user.id,
    madeById: actor.ceiling?.tokenId ?? null,
  });
  const outcome = await context.storage.transaction((stores) =>
    store(context, stores, { token, value, actor }),
  );
  if (outcome.outcome === 'created') context.onMail();
  return outcome;
}

function faultsOf(
  context: TokenContext,
  form: TokenForm,
  { actor, role }: Maker,
): Record<string, string> {
  const errors: Record<string, string> = {};
  const description = faultOfDescription(form.description);
  if (description !== null) errors['description'] = description;
  const scope = faultOfScopes(context, form.scopes, { actor, role });
  if (scope !== null) errors['scope'] = scope;
  const resource = faultOfResources(context, form, actor);
  if (resource !== null) errors['resource'] = resource;
  const life = faultOfLife(context, form.lifeSeconds, actor);
  if (life !== null) errors['expires_in'] = life;
  if (actor.ceiling !== null && actor.ceiling.accountId !== form.accountId) {
    errors['account_id'] = 'A token makes tokens for its own account only.';
  }
  return errors;
}

interface Maker {
  readonly actor: Actor;
  /** In the account of the token; `null` when they are no member of it. */
  readonly role: Role | null;
}

/** An operator who acts for somebody is told whose role it is, and which. */
const sayRole = ({ actor: { user, origin }, role }: Maker): string =>
  origin.actorId === user.id || role === null ? 'Your role' : `The user's role, ${role},`;

/** In the catalogue, open to tokens, within the role, within the acting token. */
function faultOfScopes(
  context: TokenContext,
  scopes: readonly string[],
  { actor, role }: Maker,
): string | null {
  if (scopes.length === 0) return 'Choose at least one scope.';
  const resolved = context.catalogues.current().resolve(scopes);
  if (resolved.outcome === 'unknown') return `There is no scope ${resolved.unknown.join(', ')}.`;
  return faultOfKnown(context, resolved.scopes, { actor, role });
}

function faultOfKnown(
  context: TokenContext,
  scopes: readonly string[],
  { actor, role }: Maker,
): string | null {
  const catalogue = context.catalogues.current();
  const forApps = scopes.filter((scope) => catalogue.get(scope)?.holders === 'apps');
  if (forApps.length > 0) return `Only apps can hold ${forApps.join(', ')}.`;
  const held = catalogue.heldBy(role);
  const beyondRole = scopes.filter((scope) => !held.has(scope));
  if (beyondRole.length > 0)
    return `${sayRole({ actor, role })} does not allow ${beyondRole.join(', ')}.`;
  const beyondToken = scopes.filter(
    (scope) => actor.ceiling !== null && !actor.ceiling.scopes.includes(scope),
  );
  if (beyondToken.length > 0) return `The calling token does not hold ${beyondToken.join(', ')}.`;
  return null;
}

/** A token that acts was let in for the first resource, and makes none for another. */
function faultOfResources(
  { catalogues }: TokenContext,
  { resources }: TokenForm,
  { ceiling }: Actor,
): string | null {
  if (resources === undefined) return null;
  const catalogue = catalogues.current();
  if (resources.length === 0) return 'Choose at least one API.';
  const unknown = resources.filter((id) => catalogue.resourceOf(id) === undefined);
  if (unknown.length > 0) return `There is no API ${unknown.join(', ')}.`;
  const isWider = ceiling !== null && missingScopes(resources, catalogue.onlyFirst).length > 0;
  return isWider ? 'A token makes tokens for this API alone.' : null;
}

export function faultOfLife(
  context: TokenContext,
  lifeSeconds: number | null,
  actor: Actor,
): string | null {
  const { longestLifeDays, allowNever } = context.policy;
  const ends = actor.ceiling?.expiresAt ?? null;
  if (lifeSeconds === null) {
    if (!allowNever || longestLifeDays !== null) return 'Tokens must have an expiry date here.';
    return ends === null ? null : 'A token cannot make one that outlives it.';
  }
  if (!Number.isSafeInteger(lifeSeconds) || lifeSeconds <= 0) return 'Choose a date in the future.';
  if (longestLifeDays !== null && lifeSeconds > days(longestLifeDays)) {
    return `Tokens live at most ${countOf(longestLifeDays, 'day')} here.`;
  }
  if (lifeSeconds > days(MAX_LIFE_DAYS))
    return `Choose a date within ${MAX_LIFE_DAYS / 365} years.`;
  const outlives = ends !== null && context.clock() + lifeSeconds > ends;
  return outlives ? 'A token cannot make one that outlives it.' : null;
}

export function mintToken(
  context: TokenContext,
  form: TokenForm,
  owner: Pick<DeveloperToken, 'userId' | 'madeById'>,
): { token: DeveloperToken; value: string } {
  const now = context.clock();
  const catalogue = context.catalogues.current();
  const minted = mintCredential(context.brand, 'pat', context.randomBytes);
  const token: DeveloperToken = {
    id: minted.id,
    ...owner,
    accountId: form.accountId,
    description: form.description.trim(),
    // A successor keeps what left the catalogue: it works again when the scope comes back.
    scopes: catalogue.arrange(form.scopes),
    resources: form.resources ?? catalogue.onlyFirst,
    secretHash: minted.hash,
    creationKey: form.creationKey,
    createdAt: now,
    updatedAt: now,
    expiresAt: form.lifeSeconds === null ? null : now + form.lifeSeconds,
    disabledAt: null,
    revokedAt: null,
    exposedAt: null,
    replacedById: null,
    replacesId: null,
    lastUsedAt: null,
    lastUsedAddress: null,
    lastUsedAgent: null,
    expiryNoticeDays: noticedWhenMade(form.lifeSeconds),
  };
  return { token, value: minted.value };
}

async function store(
  context: TokenContext,
  stores: TokenStores,
  made: { token: DeveloperToken; value: string; actor: Actor },
): Promise<CreateOutcome> {
  const { token, value, actor } = made;
  // Held until the end, so that two forms sent at once cannot both take the last place.
  await stores.users.lock(token.userId);
  const earlier = await stores.tokens.byCreationKey(token.userId, token.creationKey);
  if (earlier !== null) return { outcome: 'already-created', token: earlier };
  await assertMaker(stores, { actor, scopes: token.scopes, at: token.createdAt });
  const most = context.policy.mostPerUser;
  if ((await stores.tokens.countLive(token.userId, token.createdAt)) >= most)
    return { outcome: 'too-many', most };
  const enough = await refuseAnotherToday(context, stores, { token, actor });
  if (enough !== null) return enough;
  await stores.tokens.insert(token);
  await announce(stores, { token, actor });
  return { outcome: 'created', token, value };
}

/** Under the user's lock. Whoever runs the command line may make as many as they like. */
export async function refuseAnotherToday(
  { policy }: TokenContext,
  { tokens }: TokenStores,
  { token, actor }: { token: DeveloperToken; actor: Actor },
): Promise<MadeEnough | null> {
  if (!isLimited(actor.origin)) return null;
  return refuseBeyondDay({
    most: mostADay(policy.mostPerUser),
    now: token.createdAt,
    madeAt: (asked) => tokens.madeAt(token.userId, asked),
  });
}

/**
 * Asked under the user's lock: since the request was let in, the acting token may have been revoked or narrowed, and
 * what it makes after that would escape it.
 */
export async function assertMaker(
  stores: TokenStores,
  { actor, scopes, at }: { actor: Actor; scopes: readonly string[]; at: number },
): Promise<void> {
  if (actor.ceiling === null) return;
  const maker = await stores.tokens.byId(actor.ceiling.tokenId);
  const isAble =
    maker !== null &&
    ['active', 'expiring'].includes(stateOf(maker, at)) &&
    missingScopes(scopes, maker.scopes).length === 0;
  if (!isAble) throw new MakerChanged();
}

/** Rolls the making back. Never thrown at a person: only tokens can change while they act. */
export class MakerChanged extends Error {
  constructor() {
    super('the acting token was ended or narrowed before it made another');
  }
}

/** The event and the message, in the transaction that made the token. */
export async function announce(
  stores: TokenStores,
  { token, actor }: { token: DeveloperToken; actor: Actor },
): Promise<void> {
  const details = { scopes: joinScopes(token.scopes), expires_at: token.expiresAt };
  await stores.events.append(
    tokenEvent(token, 'user_token_created', { actor, at: token.createdAt, details }),
  );
  await stores.outbox.enqueue({
    kind: 'token-created',
    to: actor.user.email,
    name: actor.user.name,
    tokenId: token.id,
    description: token.description,
    scopes: token.scopes,
    expiresAt: token.expiresAt,
    at: token.createdAt,
    address: actor.origin.address,
  });
}
