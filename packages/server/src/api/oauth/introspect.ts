/** Token introspection (RFC 7662). One checker answers here, for `/v2` and for everybody else. */
import { andThen, type AtHand } from '../../kit/at-hand.ts';
import { equalBytes } from '../../kit/hash.ts';
import { leftOf, toldScopes } from '../../oauth/grants/grant-type.ts';
import { parseRefreshToken } from '../../oauth/tokens/refresh-token.ts';
import { isOffline, type Client } from '../../oauth/vocabulary.ts';
import type { ActiveCredential, Verdict } from '../../checker/verdict.ts';
import type { ApiContext } from '../api-context.ts';

/** Section 2.2: nothing else, whatever the reason. */
const INACTIVE = JSON.stringify({ active: false });

interface Question {
  /** Authenticated and confidential. */
  readonly client: Client;
  readonly token: string;
}

/** JSON. */
export const introspect = (context: ApiContext, question: Question): AtHand<string> =>
  andThen(context.checker.check(question.token), (verdict) => answer(context, question, verdict));

function answer(context: ApiContext, question: Question, verdict: Verdict): AtHand<string> {
  const { client } = question;
  if (verdict.outcome === 'refused') return describeRefresh(context, question);
  // Section 4: a client learns of its own tokens; of all, only what an operator made a resource server.
  if (!client.mayIntrospect && verdict.app?.id !== client.id) return INACTIVE;
  noteUse(context, verdict, client);
  return written(context, verdict);
}

/** Asked by a resource server, the token is in use there; the server's name stands for the address it does not tell. */
function noteUse(
  { usage, authorization, clock }: ApiContext,
  verdict: ActiveCredential,
  client: Client,
): void {
  if (!client.mayIntrospect) return;
  const at = clock();
  if (verdict.kind === 'pat') {
    const via = { address: `via ${client.name}`, agent: '' };
    usage.note({ tokenId: verdict.id, outcome: 'allowed', ...via, at });
  } else if (verdict.app !== null && verdict.app.grantId !== null) {
    authorization.grantUsage.noteCall(verdict.app.grantId, at);
  }
}

/** A verdict is the same object for as long as its facts are remembered, and so is what is said of it. */
const texts = new WeakMap<ActiveCredential, string>();

function written(context: ApiContext, verdict: ActiveCredential): string {
  let text = texts.get(verdict);
  if (text === undefined) {
    text = JSON.stringify(describe(context, verdict));
    texts.set(verdict, text);
  }
  return text;
}

const describe = ({ config }: ApiContext, verdict: ActiveCredential): object => ({
  active: true,
  scope: verdict.scopes.join(' '),
  ...(verdict.app !== null && { client_id: verdict.app.id }),
  token_type: 'bearer',
  iat: verdict.createdAt,
  ...(verdict.expiresAt !== null && { exp: verdict.expiresAt }),
  // RFC 9068 section 2.2: a client that acts as itself is its own subject.
  sub: verdict.userId ?? verdict.app.id,
  aud: config.server.baseUrl,
  iss: config.server.baseUrl,
  jti: verdict.id,
  account_id: verdict.accountId,
  ...(verdict.role !== null && { role: verdict.role }),
});

/** A client may ask whether its refresh token still works; nobody else is told that there is one. */
async function describeRefresh(
  { authorization, clock, config }: ApiContext,
  { client, token }: Question,
): Promise<string> {
  const { storage, issuer } = authorization.tokenEndpoint;
  const credential = parseRefreshToken(issuer, token);
  const standing = credential === null ? null : await storage.families.standing(credential.id);
  if (credential === null || standing === null) return INACTIVE;
  const { family, grantRevokedAt, userSuspendedAt, role } = standing;
  const isOwn = family.clientId === client.id;
  const isNewest = family.refreshHash !== null && equalBytes(family.refreshHash, credential.hash);
  const ends = Math.min(family.refreshExpiresAt ?? 0, family.endsAt);
  const isLive = family.revokedAt === null && grantRevokedAt === null && ends > clock();
  const scopes = leftOf(family.scopes, standing);
  const isOver = !isLive || !isOffline(scopes) || userSuspendedAt !== null || role === null;
  if (!isOwn || !isNewest || isOver) return INACTIVE;
  // Whoever asks about it has it, and needs no retry of the refresh that made it.
  authorization.tokenEndpoint.firstUses.note({
    familyId: family.id,
    generation: family.generation,
  });
  return JSON.stringify({
    active: true,
    scope: toldScopes(authorization.tokenEndpoint, scopes, role).join(' '),
    client_id: client.id,
    iat: family.rotatedAt,
    exp: ends,
    sub: family.userId,
    iss: config.server.baseUrl,
    account_id: family.accountId,
  });
}
