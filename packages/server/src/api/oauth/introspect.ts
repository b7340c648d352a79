/** Token introspection (RFC 7662). One checker answers here, for `/v2` and for everybody else. */
import { andThen, type AtHand } from '../../kit/at-hand.ts';
import type { Resource } from '../../catalogue/resources.ts';
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
  andThen(check(context, question), (verdict) => answer(context, question, verdict));

/** A resource server learns of tokens for its own resource. Any other client asks about its own tokens, whatever they are for. */
function check({ checker, catalogues }: ApiContext, { client, token }: Question): AtHand<Verdict> {
  const catalogue = catalogues.current();
  if (!client.mayIntrospect) return checkForAny(checker, token, catalogue.resources);
  const resource = catalogue.resourceOf(client.resourceId);
  return resource === undefined ? NOT_FOR_IT : checker.check(token, resource);
}

/** Of a resource that left the catalogue. */
const NOT_FOR_IT: Verdict = {
  outcome: 'refused',
  reason: 'wrong_audience',
  tokenId: null,
  at: null,
};

const checkForAny = (
  checker: ApiContext['checker'],
  token: string,
  [resource, ...rest]: readonly Resource[],
): AtHand<Verdict> =>
  resource === undefined
    ? NOT_FOR_IT
    : andThen(checker.check(token, resource), (verdict) =>
        verdict.outcome === 'refused' && verdict.reason === 'wrong_audience'
          ? checkForAny(checker, token, rest)
          : verdict,
      );

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

const describe = ({ config, catalogues }: ApiContext, verdict: ActiveCredential): object => ({
  active: true,
  scope: verdict.scopes.join(' '),
  ...(verdict.app !== null && { client_id: verdict.app.id }),
  token_type: 'bearer',
  iat: verdict.createdAt,
  ...(verdict.expiresAt !== null && { exp: verdict.expiresAt }),
  // RFC 9068 section 2.2: a client that acts as itself is its own subject.
  sub: verdict.userId ?? verdict.app.id,
  aud: audienceOf(catalogues.current().resourcesOf(verdict.resources)),
  iss: config.server.baseUrl,
  jti: verdict.id,
  account_id: verdict.accountId,
  ...(verdict.role !== null && { role: verdict.role }),
});

/** RFC 7519 section 4.1.3: a text where there is one, and a list where there are several. */
function audienceOf(resources: readonly Resource[]): string | readonly string[] | undefined {
  const identifiers = resources.map(({ identifier }) => identifier);
  return identifiers.length === 1 ? identifiers[0] : identifiers;
}

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
