/** A refusal of each status as the API writes it, for the operation that it stands at. */
import type { FastifySchema } from 'fastify';
import type { Access } from '../../../http/route.ts';
import { SEND_JSON } from '../../body-type.ts';
import {
  DEVELOPER_TOKEN_REQUIRED,
  invalidArguments,
  notFound,
  refuse,
  tooMany,
  USER_REQUIRED,
  type ApiReason,
  type ApiRefusal,
} from '../../refusal.ts';
import { IDS } from './answers.ts';

interface Refused {
  readonly schema: FastifySchema;
  readonly access: Access;
  /** Scopes. */
  readonly needed: readonly string[];
  readonly baseUrl: string;
}

/** An Idempotency-Key that has made its thing before. */
const MADE_BEFORE: ReadonlyMap<string, readonly [ApiReason, string]> = new Map([
  ['createToken', ['token_already_created', 'token_id']],
  ['rotateToken', ['token_already_rotated', 'token_id']],
  ['createApp', ['app_already_created', 'client_id']],
  ['addClientSecret', ['secret_already_created', '']],
]);

const EXAMPLES: Readonly<Record<number, (refused: Refused) => ApiRefusal>> = {
  400: ({ schema: { body } }) =>
    body === undefined
      ? refuse('bad_url', 'The address is malformed.')
      : refuse('malformed_json', 'The body is not valid JSON.'),
  401: () =>
    refuse(
      'token_unknown',
      'This server knows no such token. It may be of another environment, or long gone.',
    ),
  403: withheld,
  404: notFound,
  409: ({ schema: { operationId = '' } }) => {
    const [reason, fact] = MADE_BEFORE.get(operationId) ?? [];
    if (reason === undefined)
      return refuse('conflict', 'The token is revoked; that cannot be undone.');
    const id = fact === 'token_id' ? IDS.token : IDS.app;
    const detail = 'This Idempotency-Key has been used before; the secret cannot be shown again.';
    return refuse(reason, detail, fact === '' ? {} : { [fact ?? '']: id });
  },
  413: () => refuse('too_large', 'The request is too large.'),
  415: () => refuse('unsupported_media_type', `The body is not JSON. ${SEND_JSON}`),
  422: ({ schema }) => invalidArguments(wrongArgument(schema)),
  429: () => tooMany(12),
  500: () =>
    refuse('internal_error', 'Something went wrong on our side.', { request_id: 'req-4f2a9c' }),
  503: () =>
    refuse(
      'temporarily_unavailable',
      'The server cannot do this right now. Nothing was changed; try again in a moment.',
    ),
};

function withheld({ access, needed, baseUrl }: Refused): ApiRefusal {
  if (needed.length === 0)
    return access.kind === 'bearer' && access.callers === 'developer-tokens'
      ? DEVELOPER_TOKEN_REQUIRED
      : USER_REQUIRED;
  const url = `${baseUrl}/tokens/new?scopes=${encodeURIComponent(needed.join(' '))}`;
  const facts = {
    token_id: IDS.token,
    role: 'owner',
    required_scopes: needed,
    missing_scopes: needed,
    missing_by_role: [],
    add_scopes_url: url,
  };
  const lacking = `The token lacks ${needed.join(', ')}`;
  return refuse('scope_missing', `${lacking}. Make one that has it at ${url}`, facts);
}

function wrongArgument({ body, querystring }: FastifySchema): Readonly<Record<string, string>> {
  if (querystring !== undefined) return { page_size: 'must be <= 100' };
  if (body === undefined) return { 'idempotency-key': 'must NOT have more than 255 characters' };
  const { required, properties } = body as { required?: string[]; properties: object };
  const [field = required?.[0]] = required === undefined ? Object.keys(properties) : required;
  return { [field ?? 'body']: required === undefined ? 'must be string' : 'is required' };
}

/** The body of the answer; `undefined` where the status is no refusal. */
export function refusalExample(status: number, refused: Refused): unknown {
  const refusal = EXAMPLES[status]?.(refused);
  return refusal === undefined ? undefined : JSON.parse(refusal.text);
}
