/** Authorization codes (RFC 6749 section 4.1.2): made for what a user allowed, and bounded. */
import { mintCredential, type MintedCredential } from '../tokens/format.ts';
import type { RandomBytes } from '../../kit/random.ts';
import type { CodeStore } from '../ports.ts';
import type { AuthorizationCode } from '../vocabulary.ts';
import type { AuthorizationRequest } from './request.ts';

export interface CodeMaker {
  readonly brand: string;
  readonly randomBytes: RandomBytes;
  /** Lifetime of a code. RFC 6749 section 4.1.2 asks for ten minutes at the most. */
  readonly codeSeconds: number;
}

export const mintCode = ({ brand, randomBytes }: CodeMaker): MintedCredential =>
  mintCredential(brand, 'oac', randomBytes);

/** Kept for as long as their replay can be told, but never so many that asking again and again fills the database. */
const MOST_CODES = 100;

/** What a code stands for. */
export interface Allowed {
  readonly request: AuthorizationRequest;
  readonly grant: { readonly id: string; readonly userId: string; readonly accountId: string };
  readonly scopes: readonly string[];
  readonly now: number;
}

export async function storeCode(
  codes: CodeStore,
  maker: CodeMaker,
  { minted, allowed }: { readonly minted: MintedCredential; readonly allowed: Allowed },
): Promise<void> {
  const { request, grant, scopes, now } = allowed;
  const { client, resources, redirectUri, isRedirectUriSent, codeChallenge } = request;
  await codes.keepNewest(grant.id, MOST_CODES - 1);
  await codes.insert({
    id: minted.id,
    secretHash: minted.hash,
    clientId: client.id,
    grantId: grant.id,
    userId: grant.userId,
    accountId: grant.accountId,
    scopes,
    resources,
    redirectUri,
    isRedirectUriRequired: isRedirectUriSent,
    codeChallenge,
    createdAt: now,
    expiresAt: now + maker.codeSeconds,
    redeemedAt: null,
    familyId: null,
  });
}

/** Another code in the place of one that was withdrawn: it stands for the same. */
export const replaceCode = (
  codes: CodeStore,
  { codeSeconds }: CodeMaker,
  given: {
    readonly minted: MintedCredential;
    readonly withdrawn: AuthorizationCode;
    readonly now: number;
  },
): Promise<void> => {
  const { minted, withdrawn, now } = given;
  const times = { createdAt: now, expiresAt: now + codeSeconds };
  return codes.insert({ ...withdrawn, ...times, id: minted.id, secretHash: minted.hash });
};
