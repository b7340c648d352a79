/**
 * What the holder of a credential is told when it is refused: which it is, since when, and what would help
 * (RFC 6750 section 3). A stranger learns nothing: facts come only with a verdict that proved the secret.
 */
import type { ActiveCredential, Refusal, RefusalReason } from '../checker/verdict.ts';
import { writeChallenge } from '../oauth/bearer.ts';
import { missingScopes } from '../catalogue/catalogue.ts';
import type { Catalogues } from '../catalogue/catalogues.ts';
import { isMisplaced, sayMistake, type Mistake } from './bearer-mistakes.ts';
import { isoTime } from './v2/iso-time.ts';
import type { FactName, Facts } from './facts.ts';
import { ApiRefusal, REASONS } from './refusal.ts';

interface Telling {
  /** Continued with the time where one is known. */
  readonly detail: string;
  /** Name of the fact that holds the time. */
  readonly timeFact?: FactName;
}

const TELLINGS: Readonly<Record<RefusalReason, Telling>> = {
  token_missing: { detail: 'Send a token in the header "Authorization: Bearer …".' },
  token_malformed: { detail: 'The Authorization header does not hold a token of this server.' },
  token_unknown: {
    detail: 'This server knows no such token. It may be of another environment, or long gone.',
  },
  wrong_audience: { detail: 'The token was issued for another API.' },
  token_expired: { detail: 'The token expired', timeFact: 'expired_at' },
  token_disabled: { detail: 'The token was disabled', timeFact: 'disabled_at' },
  token_revoked: { detail: 'The token was revoked', timeFact: 'revoked_at' },
  token_exposed: {
    detail: 'The token was found in public and no longer works, exposed',
    timeFact: 'exposed_at',
  },
  user_suspended: {
    detail: "The token's user was suspended",
    timeFact: 'suspended_at',
  },
  grant_revoked: { detail: 'The access was taken back', timeFact: 'revoked_at' },
  app_disabled: {
    detail: 'The app, or whoever registered it, was stopped',
    timeFact: 'stopped_at',
  },
  membership_removed: { detail: "The token's user is no longer a member of its account." },
};

export interface CredentialRefusals {
  ofVerdict(refusal: Refusal): ApiRefusal;
  readonly missing: ApiRefusal;
  /** No header, and a token at a place where none is read. */
  elsewhere(detail: string): ApiRefusal;
  ofMistake(mistake: Mistake): ApiRefusal;
  /** `null` when the credential holds all that is needed. */
  ofScopes(needed: readonly string[], caller: ActiveCredential): ApiRefusal | null;
}

export interface ChallengeContext {
  readonly realm: string;
  readonly baseUrl: string;
  readonly catalogues: Catalogues;
}

export function createCredentialRefusals(context: ChallengeContext): CredentialRefusals {
  const { realm } = context;
  const plain = (reason: RefusalReason, told?: Told): ApiRefusal =>
    build(realm, { outcome: 'refused', reason, tokenId: null, at: null }, told);
  // Those that strangers cause are made once: a flood of garbage must stay cheap.
  const mistakes = new Map<Mistake, ApiRefusal>();
  const unknown = plain('token_unknown');
  return {
    missing: plain('token_missing'),
    elsewhere: (detail) => plain('token_missing', { detail, title: MISPLACED }),
    ofMistake(mistake) {
      const detail = sayMistake(mistake);
      const told = isMisplaced(mistake) ? { detail, title: MISPLACED } : { detail };
      const made = mistakes.get(mistake) ?? plain('token_malformed', told);
      mistakes.set(mistake, made);
      return made;
    },
    ofVerdict: (refusal) => (refusal.reason === 'token_unknown' ? unknown : build(realm, refusal)),
    ofScopes: (needed, caller) => refuseScopes(context, needed, caller),
  };
}

/** Instead of what the reason says by itself. */
interface Told {
  readonly detail: string;
  readonly title?: string;
}

const MISPLACED = 'Token in the wrong place';

function build(realm: string, { reason, tokenId, at }: Refusal, told?: Told): ApiRefusal {
  const { detail: known, timeFact } = TELLINGS[reason];
  const start = told?.detail ?? known;
  const detail = at === null ? start : `${start} at ${isoTime(at)}.`;
  const facts: Partial<Record<FactName, string>> = {};
  if (tokenId !== null) facts.token_id = tokenId;
  if (timeFact !== undefined && at !== null) facts[timeFact] = isoTime(at);
  // RFC 6750 section 3.1: without a credential the challenge carries no error.
  const challenge =
    reason === 'token_missing'
      ? writeChallenge({ realm })
      : writeChallenge({ realm, error: 'invalid_token', description: describe(reason, detail) });
  const headers = { 'www-authenticate': challenge };
  const title = told?.title === undefined ? {} : { title: told.title };
  return new ApiRefusal({ reason, ...title, problems: [{ detail, facts }], headers });
}

/** The header has no room for quotes; where the detail has some, the title says enough. */
const describe = (reason: RefusalReason, detail: string): string =>
  /["…]/.test(detail) ? REASONS[reason].title : detail;

function refuseScopes(
  context: ChallengeContext,
  named: readonly string[],
  caller: ActiveCredential,
): ApiRefusal | null {
  const catalogue = context.catalogues.current();
  const needed = catalogue.formerNames.currentOf(named);
  const lacking = missingScopes(needed, caller.scopes);
  if (lacking.length === 0) return null;
  const gone = catalogue.gone(lacking);
  const beyondRole =
    caller.role === null
      ? []
      : lacking.filter(
          (scope) => !catalogue.heldBy(caller.role).has(scope) && !gone.includes(scope),
        );
  const isByRole = beyondRole.length === lacking.length;
  const way = wayOut(context, { needed, lacking, gone, beyondRole, caller });
  const facts: Facts = {
    token_id: caller.id,
    role: caller.role,
    required_scopes: needed,
    missing_scopes: lacking,
    missing_by_role: beyondRole,
    add_scopes_url: way.url,
  };
  const { realm } = context;
  const { description } = way;
  return new ApiRefusal({
    reason: isByRole ? 'role_insufficient' : 'scope_missing',
    problems: [{ detail: `${description}. ${way.advice}`, facts }],
    headers: {
      'www-authenticate': writeChallenge({
        realm,
        error: 'insufficient_scope',
        description,
        scope: needed,
      }),
    },
  });
}

interface Lacking {
  readonly needed: readonly string[];
  readonly lacking: readonly string[];
  readonly gone: readonly string[];
  readonly beyondRole: readonly string[];
  readonly caller: ActiveCredential;
}

function wayOut(context: ChallengeContext, refused: Lacking): WayOut {
  const { lacking, gone, beyondRole, caller } = refused;
  if (gone.length > 0)
    return {
      description: `The catalogue of this server has no ${gone.join(', ')}`,
      advice: 'Nobody can have it until an operator puts it there.',
      url: null,
    };
  return beyondRole.length === lacking.length
    ? byRole(caller, beyondRole)
    : byToken(context, refused);
}

interface WayOut {
  readonly description: string;
  readonly advice: string;
  readonly url: string | null;
}

const byRole = ({ role }: ActiveCredential, beyond: readonly string[]): WayOut => ({
  description: `The role ${role ?? ''} may not hold ${beyond.join(', ')}`,
  advice: 'An owner or admin of the account can change the role.',
  url: null,
});

/** A developer token is replaced by its owner; an app has to ask its user, or its developer, for more. */
function byToken(
  { baseUrl }: ChallengeContext,
  refused: {
    readonly needed: readonly string[];
    readonly lacking: readonly string[];
    readonly caller: ActiveCredential;
  },
): WayOut {
  const { needed, lacking, caller } = refused;
  const notInToken = missingScopes(lacking, caller.tokenScopes);
  const names = (notInToken.length === 0 ? lacking : notInToken).join(', ');
  const scopes = encodeURIComponent(needed.join(' '));
  if (caller.app === null) {
    const url = `${baseUrl}/tokens/new?scopes=${scopes}`;
    const description = `The token lacks ${names}`;
    return { description, advice: `Make one that has it at ${url}`, url };
  }
  const description = `The app was not given ${names}`;
  if (caller.userId === null)
    return { description, advice: 'Add it to the app in the portal and ask for it.', url: null };
  return { description, advice: 'Send the user through consent with this scope.', url: null };
}
