/** Token introspection (RFC 7662). One checker answers here, for `/v2` and for everybody else. */
import { andThen, type AtHand } from '../../kit/at-hand.ts';
import type { Client } from '../../oauth/vocabulary.ts';
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

async function describeRefresh(
  { authorization, clock, config }: ApiContext,
  question: Question,
): Promise<string> {
  const live = await authorization.protocol.inspectRefresh({ ...question, now: clock() });
  if (live === null) return INACTIVE;
  const { family, scopes, endsAt } = live;
  return JSON.stringify({
    active: true,
    scope: scopes.join(' '),
    client_id: family.clientId,
    iat: family.rotatedAt,
    exp: endsAt,
    sub: family.userId,
    iss: config.server.baseUrl,
    account_id: family.accountId,
  });
}
