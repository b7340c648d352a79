/**
 * The one step that issues tokens, whatever grant type asked for them: makes them, stores them together with what they spend,
 * and keeps the bounds. A bound that is missing here is missing nowhere else.
 */
import type { OAuthStores } from '../ports.ts';
import { marksOf } from '../tokens/caller-marks.ts';
import { mintCredential, newCredentialId } from '../tokens/format.ts';
import {
  accessSecondsOf,
  newFamily,
  refreshSecondsOf,
  tokenOfClient,
  tokenOfFamily,
  type Issued,
} from '../tokens/issue.ts';
import { successorsOf } from '../tokens/refresh-token.ts';
import type { Contended, Granted, GrantRequest, Holder, TokenEndpoint } from './grant-type.ts';

interface GrantedTo<Kind extends Holder['kind']> extends Omit<Granted, 'outcome' | 'holder'> {
  readonly holder: Extract<Holder, { readonly kind: Kind }>;
}

/** Made, and not stored yet. */
interface Made {
  readonly issued: Issued;
  /** `false`: what would be spent changed since it was read, and nothing may be stored. */
  store(stores: OAuthStores): Promise<boolean>;
}

export async function issue(
  endpoint: TokenEndpoint,
  request: GrantRequest,
  { holder, ...granted }: Granted,
): Promise<Issued | Contended> {
  const { storage } = endpoint;
  if (holder.kind === 'client') return issueToClient(endpoint, request, { holder, ...granted });
  const made =
    holder.kind === 'user'
      ? makeFamily(endpoint, request, { holder, ...granted })
      : makeSuccessors(endpoint, request, { holder, ...granted });
  const isStored = await storage.transaction((stores) => made.store(stores));
  return isStored ? made.issued : holder.contended;
}

/** Instances of one service at once. One that asks for a token before every call must not fill the database. */
const MOST_OWN_TOKENS = 1000;
/** Sorting a thousand costs as much as issuing forty, so it is done for one in so many. */
const ONE_IN = 256;

/** Spends nothing, so that one statement stores it. */
async function issueToClient(
  { storage, issuer }: TokenEndpoint,
  { client, now }: GrantRequest,
  { holder, scopes, resources }: GrantedTo<'client'>,
): Promise<Issued> {
  const access = mintCredential(issuer.brand, 'oat', issuer.randomBytes);
  const expiresInSeconds = accessSecondsOf(issuer, client);
  const [chance = 0] = issuer.randomBytes(1);
  if (chance % ONE_IN === 0) await storage.accessTokens.keepNewestOwn(client.id, MOST_OWN_TOKENS);
  const { secretId, accountId } = holder;
  const times = { now, expiresAt: now + expiresInSeconds };
  await storage.accessTokens.insert(
    tokenOfClient(access, {
      client,
      secretId,
      accountId,
      scopes: scopes.kept,
      resources,
      ...times,
    }),
  );
  return {
    accessToken: access.value,
    expiresInSeconds,
    scopes: scopes.told,
    refreshToken: null,
    grantId: null,
  };
}

/** Browsers and devices of one user with one client. A client that signs in anew each time must not fill the database. */
const MOST_FAMILIES = 100;

function makeFamily(
  { issuer }: TokenEndpoint,
  { client, now }: GrantRequest,
  { holder, scopes, resources }: GrantedTo<'user'>,
): Made {
  const { owner } = holder;
  const kept = { scopes: scopes.kept, resources: holder.resources };
  const made = newFamily(issuer, { client, owner, ...kept, now });
  const { family, access, refresh, expiresAt } = made;
  const token = { family, scopes: scopes.kept, resources, generation: 1, now, expiresAt };
  return {
    issued: {
      accessToken: access.value,
      expiresInSeconds: expiresAt - now,
      scopes: scopes.told,
      refreshToken: refresh?.value ?? null,
      grantId: owner.grantId,
    },
    async store(stores) {
      if (!(await holder.spend(stores, family.id))) return false;
      await stores.families.keepNewest(owner.grantId, MOST_FAMILIES - 1, now);
      await stores.families.insert(family);
      await stores.accessTokens.insert(tokenOfFamily(access, token));
      return true;
    },
  };
}

/** Workers of one client that share an answer still hold the access tokens of the refreshes before. */
const KEPT_GENERATIONS = 8;
const SALT_BYTES = 16;

function makeSuccessors(
  { issuer, randomBytes }: TokenEndpoint,
  { client, caller, now }: GrantRequest,
  { holder, scopes, resources }: GrantedTo<'family'>,
): Made {
  const { family, presented } = holder;
  const salt = randomBytes(SALT_BYTES);
  const accessTokenId = newCredentialId(randomBytes);
  const succession = { familyId: family.id, presented: presented.value, salt, accessTokenId };
  const { key, refresh, access } = successorsOf(issuer, succession);
  const generation = family.generation + 1;
  const expiresAt = Math.min(now + accessSecondsOf(issuer, client), family.endsAt);
  const rotation = {
    from: presented.hash,
    scopes: family.scopes,
    to: refresh.hash,
    salt,
    marks: marksOf(key, caller, salt),
    accessTokenId,
    generation,
    refreshExpiresAt: Math.min(now + refreshSecondsOf(issuer, client), family.endsAt),
  };
  const token = { family, scopes: scopes.kept, resources, generation, now, expiresAt };
  return {
    issued: {
      accessToken: access.value,
      expiresInSeconds: expiresAt - now,
      scopes: scopes.told,
      refreshToken: refresh.value,
      grantId: family.grantId,
    },
    async store({ families, accessTokens }) {
      if (!(await families.rotate(family.id, rotation, now))) return false;
      await accessTokens.insert(tokenOfFamily(access, token));
      if (generation > KEPT_GENERATIONS)
        await accessTokens.dropUpTo(family.id, generation - KEPT_GENERATIONS);
      return true;
    },
  };
}
