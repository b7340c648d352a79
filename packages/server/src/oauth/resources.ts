/** The parameter `resource` (RFC 8707): the APIs that tokens are asked for, which only ever narrow what was granted. */
import { missingScopes, type Catalogue } from '../catalogue/catalogue.ts';
import type { ResourceIds } from '../catalogue/resources.ts';
import { OAuthError, type ReasonFacts } from './error.ts';

/** Section 2: the ids of those that are named; `null` when none is. One that this server does not know is refused. */
export function resourcesNamed(catalogue: Catalogue, uris: readonly string[]): ResourceIds | null {
  if (uris.length === 0) return null;
  const ids = new Set<string>();
  for (const uri of uris) {
    const resource = catalogue.resourceNamed(uri);
    if (resource === undefined) throw new OAuthError('resource_unknown');
    ids.add(resource.id);
  }
  return [...ids];
}

/** Section 2.2: a token request asks for some of what was granted; without the parameter it gets them all. */
export function narrowedTo(
  asked: ResourceIds | null,
  granted: ResourceIds,
  facts: ReasonFacts,
): ResourceIds {
  if (asked === null) return granted;
  if (missingScopes(asked, granted).length > 0) throw new OAuthError('resource_not_granted', facts);
  return asked;
}
