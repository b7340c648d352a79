/** What a refusal may say beside its words, under stable names. The document describes these and no others. */
import { Type } from 'typebox';

const text = (description: string) => Type.String({ description });
const count = (description: string) => Type.Integer({ description });
const time = (description: string) => Type.String({ format: 'date-time', description });
const names = (description: string) => Type.Array(Type.String(), { description });
const textOrNull = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description });

export const FACTS = {
  field: text('The field, parameter or header that is wrong.'),
  token_id: textOrNull('The token that this is about; null: the calling token may not see it.'),
  client_id: textOrNull('The app that this is about; null: the calling token may not see it.'),
  role: textOrNull('The role of the user; null: the caller has none.'),
  required_roles: names('Any of these roles will do.'),
  required_scopes: names('All scopes that the operation needs.'),
  missing_scopes: names('Those of them that the token lacks.'),
  missing_by_role: names('Those of them that the role does not allow.'),
  add_scopes_url: textOrNull('Where to make a token that has them.'),
  expired_at: time('When the token expired.'),
  disabled_at: time('When the token was disabled.'),
  revoked_at: time('When the token was revoked, or the access taken back.'),
  exposed_at: time('When the token was found in public.'),
  suspended_at: time('When the user was suspended.'),
  stopped_at: time('When the app, or its owner, was stopped.'),
  most: count('The most that there may be.'),
  retry_after_seconds: count('Seconds to wait; the header Retry-After says the same.'),
  request_id: text('The name of the request in the log of the server.'),
} as const;

export type FactName = keyof typeof FACTS;
export type Facts = Readonly<Partial<Record<FactName, string | number | null | readonly string[]>>>;
