/** Every way in which the API says no: one reason a way, one thrown class, one table of what each means to a client. */
import type { RefusalReason } from '../checker/verdict.ts';
import { listOf, type HeaderList } from '../http/fast/whole-answer.ts';
import type { MadeEnough } from '../limits/day-limit.ts';
import type { Facts } from './facts.ts';

export type ApiReason =
  | RefusalReason
  | 'scope_missing'
  | 'role_insufficient'
  | 'user_required'
  | 'developer_token_required'
  | 'email_unverified'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'token_already_created'
  | 'token_already_rotated'
  | 'too_many_tokens'
  | 'registration_closed'
  | 'app_already_created'
  | 'secret_already_created'
  | 'too_many_apps'
  | 'too_many_secrets'
  | 'day_limit_reached'
  | 'invalid_arguments'
  | 'malformed_json'
  | 'bad_request'
  | 'bad_url'
  | 'unsupported_media_type'
  | 'too_large'
  | 'rate_limited'
  | 'temporarily_unavailable'
  | 'outcome_unknown'
  | 'internal_error';

/** Stable: clients branch on the reason, people read the title. `docs/reference/endpoints.md` lists the same rows; a test compares them. */
export const REASONS: Readonly<Record<ApiReason, { status: number; title: string }>> = {
  token_missing: { status: 401, title: 'No token was sent' },
  token_malformed: { status: 401, title: 'Not a token' },
  token_unknown: { status: 401, title: 'Unknown token' },
  wrong_audience: { status: 401, title: 'Token for another API' },
  token_expired: { status: 401, title: 'Expired token' },
  token_disabled: { status: 401, title: 'Disabled token' },
  token_revoked: { status: 401, title: 'Revoked token' },
  token_exposed: { status: 401, title: 'Exposed token' },
  user_suspended: { status: 401, title: 'Suspended user' },
  grant_revoked: { status: 401, title: 'Access taken back' },
  app_disabled: { status: 401, title: 'Disabled app' },
  membership_removed: { status: 401, title: 'No longer a member' },
  scope_missing: { status: 403, title: 'Missing scope' },
  role_insufficient: { status: 403, title: 'Insufficient role' },
  user_required: { status: 403, title: 'Not for services' },
  developer_token_required: { status: 403, title: 'Not for apps' },
  email_unverified: { status: 403, title: 'Unverified e-mail address' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict' },
  token_already_created: { status: 409, title: 'Token already created' },
  token_already_rotated: { status: 409, title: 'Token already rotated' },
  too_many_tokens: { status: 409, title: 'Too many tokens' },
  registration_closed: { status: 403, title: 'Registration closed' },
  app_already_created: { status: 409, title: 'App already created' },
  secret_already_created: { status: 409, title: 'Secret already created' },
  too_many_apps: { status: 409, title: 'Too many apps' },
  too_many_secrets: { status: 409, title: 'Too many secrets' },
  day_limit_reached: { status: 429, title: 'Too many within a day' },
  invalid_arguments: { status: 422, title: 'Invalid arguments' },
  malformed_json: { status: 400, title: 'Malformed JSON' },
  bad_request: { status: 400, title: 'Bad request' },
  bad_url: { status: 400, title: 'Malformed address' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  too_large: { status: 413, title: 'Request too large' },
  rate_limited: { status: 429, title: 'Too many requests' },
  temporarily_unavailable: { status: 503, title: 'Temporarily unavailable' },
  outcome_unknown: { status: 503, title: 'Outcome unknown' },
  internal_error: { status: 500, title: 'Internal error' },
};

export const isReason = (text: string): text is ApiReason => Object.hasOwn(REASONS, text);

/** One entry of `errors` in the answer. */
export interface Problem {
  readonly detail: string;
  readonly facts?: Facts;
}

export interface RefusalDetails {
  readonly reason: ApiReason;
  /** Where it says more than the table. */
  readonly title?: string;
  /** At least one; several when several fields are wrong. */
  readonly problems: readonly [Problem, ...Problem[]];
  /** Only where the plumbing knows a better one than the table. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown to end a request. Turned into an answer in one place, `answer.ts`. */
export class ApiRefusal extends Error {
  readonly reason: ApiReason;
  readonly status: number;
  readonly title: string;
  readonly headers: HeaderList;
  /** The body, written once: constant refusals are sent many times. */
  readonly text: string;

  constructor({ reason, title, problems, status, headers = {} }: RefusalDetails) {
    super(problems[0].detail);
    const known = REASONS[reason];
    this.reason = reason;
    this.status = status ?? known.status;
    this.title = title ?? known.title;
    this.headers = listOf(headers);
    this.text = this.#write(problems);
  }

  #write(problems: readonly Problem[]): string {
    const { status, title, reason } = this;
    const errors = problems.map(({ detail, facts }) => ({
      code: status,
      status,
      title,
      detail,
      reason,
      ...facts,
    }));
    return JSON.stringify({ code: status, errors, message: title });
  }
}

export const refuse = (reason: ApiReason, detail: string, facts: Facts = {}): ApiRefusal =>
  new ApiRefusal({ reason, problems: [{ detail, facts }] });

export const tooMany = (seconds: number): ApiRefusal =>
  new ApiRefusal({
    reason: 'rate_limited',
    problems: [
      {
        detail: `Too many requests. Come back in ${seconds} s.`,
        facts: { retry_after_seconds: seconds },
      },
    ],
    headers: { 'retry-after': String(seconds) },
  });

/** `what` in the plural: tokens, apps, client secrets. */
export const madeEnough = (what: string, { most, retryAfterSeconds }: MadeEnough): ApiRefusal =>
  new ApiRefusal({
    reason: 'day_limit_reached',
    problems: [
      {
        detail: `${most} ${what} were made within 24 hours, the most allowed. Come back in ${retryAfterSeconds} s.`,
        facts: { most, retry_after_seconds: retryAfterSeconds },
      },
    ],
    headers: { 'retry-after': String(retryAfterSeconds) },
  });

export const notFound = (): ApiRefusal =>
  refuse('not_found', 'There is nothing here that this token may see.');

export const USER_REQUIRED = refuse(
  'user_required',
  'This is about a person, and the calling app acts as itself.',
);

export const DEVELOPER_TOKEN_REQUIRED = refuse(
  'developer_token_required',
  'Apps cannot do this for a user: it takes a developer token of their own.',
);

/** Field name to what is wrong with it. */
export function invalidArguments(errors: Readonly<Record<string, string>>): ApiRefusal {
  const [first, ...rest] = Object.entries(errors).map(([field, detail]) => ({
    detail: `${field}: ${detail}`,
    facts: { field },
  }));
  const problems = [first ?? { detail: 'The request is not understood.' }, ...rest] as const;
  return new ApiRefusal({ reason: 'invalid_arguments', problems });
}
