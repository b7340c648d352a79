/** Reads the `scope` parameter of any request (RFC 6749 section 3.3): left out, it means all that the client is registered for. */
import { OAuthError } from '../error.ts';
import {
  missingScopes,
  nameScopes,
  splitScopes,
  type Catalogue,
} from '../../catalogue/catalogue.ts';
import type { Client } from '../vocabulary.ts';

/** In catalogue order. An unknown scope is an error, and so is one that the client is not registered for. */
export function readScopes(
  scope: string | null,
  { client, catalogue }: { client: Client; catalogue: Catalogue },
): readonly string[] {
  const names = scope === null ? [] : splitScopes(scope).map((name) => alias(name, catalogue));
  const facts = { client: client.id };
  const gone = catalogue.gone(client.scopes);
  // What the client has and the catalogue no longer does is passed over: a program goes on asking for what it was built with.
  const asked = missingScopes(names.length === 0 ? client.scopes : names, gone);
  if (asked.length === 0 && gone.length > 0)
    throw new OAuthError('scope_gone', { ...facts, scopes: nameScopes(gone) });
  const resolved = catalogue.resolve(asked);
  if (resolved.outcome === 'unknown')
    throw new OAuthError('scope_unknown', { ...facts, scopes: nameScopes(resolved.unknown) });
  const foreign = missingScopes(resolved.scopes, client.scopes);
  if (foreign.length > 0)
    throw new OAuthError('scope_not_registered', { ...facts, scopes: nameScopes(foreign) });
  return resolved.scopes;
}

/** OpenID's name for the same thing, where the catalogue has only Frame.io's. */
const alias = (name: string, catalogue: Catalogue): string =>
  name === 'offline_access' && catalogue.get(name) === undefined ? 'offline' : name;
