/** Who may call an operation, in the words of OpenAPI: made from the access that the guard of the route asks for. */
import type { Access, Callers } from '../http/route.ts';
import { PATHS } from '../oauth/metadata.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ApiContext } from './api-context.ts';

/**
 * One scheme for tokens of both kinds. Beside an alternative of type `oauth2`, clients made by openapi-generator for
 * typescript-fetch send every token without the word Bearer.
 */
export function describeSecurity({ config }: ApiContext) {
  const { baseUrl } = config.server;
  const description =
    `A developer token, made at ${baseUrl}/tokens/new, or the access token of an app: ` +
    `${baseUrl}${PATHS.authorize} and ${baseUrl}${PATHS.token} (RFC 6749), described by RFC 8414. ` +
    'The scopes that an operation needs stand in its description and in `x-required-scopes`.';
  return { bearer: { type: 'http', scheme: 'bearer', description } } as const;
}

/** In the names of today, as they are compared. */
export const neededBy = (access: Access, { formerNames }: Catalogue): readonly string[] =>
  access.kind === 'bearer' ? formerNames.currentOf(access.scopes) : [];

/** Without the scopes, which many tools know of schemes of type `oauth2` alone, though OpenAPI 3.1 (section 4.8.30) lets others list them. */
export const securityOf = (access: Access): { bearer: string[] }[] =>
  access.kind === 'bearer' ? [{ bearer: [] }] : [];

/** For programs that read the document. */
export const requiredScopes = (access: Access, catalogue: Catalogue) =>
  access.kind === 'bearer' && { 'x-required-scopes': neededBy(access, catalogue) };

const WHO: Readonly<Record<Callers, string>> = {
  anybody: 'Takes any token, of a person or of an app.',
  users: 'Takes any token that acts for a person.',
  'developer-tokens': 'Takes developer tokens; apps cannot do this for a user.',
};

export function sayWho(access: Access, catalogue: Catalogue): string {
  if (access.kind !== 'bearer') return '';
  const needed = neededBy(access, catalogue).map((name) => `\`${name}\``);
  if (needed.length === 0) return WHO[access.callers];
  return `${WHO[access.callers]} Needs ${needed.join(' and ')}.`;
}
