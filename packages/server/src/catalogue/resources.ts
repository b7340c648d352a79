/** Resources: the APIs that are guarded. A credential names those that it is for; one that names none is for the first. */

export interface Resource {
  /** What records name it by. It stays when the identifier changes. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  /** Its audience: an absolute URI without a fragment (RFC 8707 section 2), compared to the letter. */
  readonly identifier: string;
  /** Other URIs by which clients may name it. */
  readonly aliases: readonly string[];
  /** Where it is served, without a trailing slash. */
  readonly baseUrl: string;
}

/** Of the first one, where a record has to name it beside others. */
export const FIRST_RESOURCE_ID = 'first';

export type Resources = readonly [Resource, ...Resource[]];

/** What a credential is for. */
export type ResourceIds = readonly string[];

/** RFC 8707 section 2 and RFC 3986 section 4.3. */
export const isResourceUri = (text: string): boolean => !text.includes('#') && URL.canParse(text);

/** Ids are stored as lists that are joined by spaces. */
const ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Throws when two could be taken for one another, or one cannot be named in a request. */
export function assertResources(resources: Resources): void {
  const ids = resources.map(({ id }) => id);
  const uris = resources.flatMap(({ identifier, aliases }) => [identifier, ...aliases]);
  const isSound =
    ids.every((id) => ID.test(id)) &&
    uris.every(isResourceUri) &&
    new Set(ids).size === ids.length &&
    new Set(uris).size === uris.length;
  if (!isSound) throw new TypeError('resources need ids and identifiers of their own');
}
