/**
 * The catalogue that the API owner defines: scopes, what each role may hold, presets and the resources that are guarded, and the
 * set operations on scopes.
 * Never guesses: a scope that is not in the catalogue is an error, not something to ignore (RFC 6749 section 3.3).
 */
import { FormerNames, NO_FORMER_NAMES } from './former-names.ts';
import { assertResources, type Resource, type ResourceIds, type Resources } from './resources.ts';

/** One permission, `resource.action` by convention. */
export interface ScopeDefinition {
  readonly name: string;
  /** What it lets its holder do, in a few words: "read assets". */
  readonly description: string;
  /** Heading under which pages list it: "Assets". */
  readonly category: string;
  /** `read` only looks; `write` creates or changes; `delete` destroys. Decides the None/Read/Write choice and the summary. */
  readonly level: 'read' | 'write' | 'delete';
  /** `apps` keeps a scope such as `offline` away from developer tokens. */
  readonly holders: 'everyone' | 'apps';
  /** Names that it had before: whatever still says one of them means this scope. */
  readonly was?: readonly string[];
}

/** What a catalogue may have at most: every form, page and body that names scopes has room for all of it. */
export const MOST_SCOPES = 2000;
/** UTF-16 units of one name. */
export const LONGEST_SCOPE = 200;
/** Of all names of a catalogue together, with one separator each. */
export const MOST_SCOPE_CHARACTERS = 100_000;

export type ScopeList =
  | { readonly outcome: 'known'; readonly scopes: readonly string[] }
  | { readonly outcome: 'unknown'; readonly unknown: readonly string[] };

/** RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ). */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

export const isScopeToken = (text: string): boolean => SCOPE_TOKEN.test(text);

/** A named choice of scopes on the page for new tokens. */
export interface Preset {
  readonly name: string;
  readonly scopes: readonly string[];
}

export interface CatalogueParts {
  readonly scopes: readonly ScopeDefinition[];
  /** The scopes that each role may hold, by the name of the role. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly presets: readonly Preset[];
  readonly resources: Resources;
}

const NO_SCOPES: ReadonlySet<string> = new Set();

/** One version of it. Never changes: `Catalogues` has the one that counts now. */
export class Catalogue {
  /** Counts up from 1 with every replacement. */
  readonly version: number;
  /** What it was made of. */
  readonly parts: CatalogueParts;
  readonly all: readonly ScopeDefinition[];
  readonly presets: readonly Preset[];
  readonly resources: Resources;
  /** What a credential is for that names no resource. */
  readonly onlyFirst: ResourceIds;
  readonly formerNames: FormerNames;
  readonly #byName: ReadonlyMap<string, ScopeDefinition>;
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #byRole: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(parts: CatalogueParts, version = 1) {
    const { scopes, roles, presets, resources } = parts;
    assertResources(resources);
    this.version = version;
    this.parts = parts;
    this.all = scopes;
    this.presets = presets;
    this.resources = resources;
    this.onlyFirst = [resources[0].id];
    this.#byName = new Map(scopes.map((scope) => [scope.name, scope]));
    this.#ranks = new Map(scopes.map(({ name }, rank) => [name, rank]));
    this.#byRole = new Map(Object.entries(roles).map(([role, names]) => [role, new Set(names)]));
    this.formerNames = formerNamesOf(scopes);
  }

  /** By its name, or one that it had before. */
  get(name: string): ScopeDefinition | undefined {
    return this.#byName.get(this.formerNames.current(name));
  }

  /** What a developer token may hold at the very most. */
  get forTokens(): readonly ScopeDefinition[] {
    return this.all.filter((scope) => scope.holders === 'everyone');
  }

  /** What the holder of a role may do; nothing without a role. */
  heldBy(role: string | null): ReadonlySet<string> {
    return (role === null ? undefined : this.#byRole.get(role)) ?? NO_SCOPES;
  }

  /** Today's API: credentials that name no resource are for it. */
  get firstResource(): Resource {
    return this.resources[0];
  }

  /** By its id; `null`: the first. */
  resourceOf(id: string | null): Resource | undefined {
    return id === null ? this.firstResource : this.resources.find((resource) => resource.id === id);
  }

  /** Those of these ids that there are, in the order of the catalogue. */
  resourcesOf(ids: ResourceIds): readonly Resource[] {
    return this.resources.filter(({ id }) => ids.includes(id));
  }

  /** RFC 8707 section 2: by its identifier or an alias, to the letter. */
  resourceNamed(uri: string): Resource | undefined {
    return this.resources.find(
      ({ identifier, aliases }) => identifier === uri || aliases.includes(uri),
    );
  }

  /** Sorts known names into catalogue order without duplicates; reports every name that is not in the catalogue. */
  resolve(names: Iterable<string>): ScopeList {
    const asked = new Set(this.formerNames.currentOf([...names]));
    const unknown = [...asked].filter((name) => !this.#byName.has(name));
    if (unknown.length > 0) return { outcome: 'unknown', unknown };
    return { outcome: 'known', scopes: this.order(asked) };
  }

  /** Names in catalogue order without duplicates; those that are not in the catalogue are left out. */
  order(names: Iterable<string>): readonly string[] {
    const known = [...new Set(this.formerNames.currentOf([...names]))].filter((name) =>
      this.#ranks.has(name),
    );
    const rank = (name: string): number => this.#ranks.get(name) ?? 0;
    return known.toSorted((left, right) => rank(left) - rank(right));
  }

  /** Those that left the catalogue without a successor, in the order given. They open nothing and are never dropped silently. */
  gone(names: readonly string[]): readonly string[] {
    return names.filter((name) => this.get(name) === undefined);
  }

  /** Names in catalogue order, then those that left it. */
  arrange(names: readonly string[]): readonly string[] {
    return [...this.order(names), ...new Set(this.gone(names))];
  }
}

function formerNamesOf(definitions: readonly ScopeDefinition[]): FormerNames {
  const renamed = definitions.flatMap(({ name, was = [] }) =>
    was.map((former) => [former, name] as const),
  );
  return renamed.length === 0 ? NO_FORMER_NAMES : new FormerNames(new Map(renamed));
}

/** Reads a space-separated scope value (RFC 6749 section 3.3); surplus spaces are tolerated. */
export const splitScopes = (text: string): readonly string[] =>
  text.split(' ').filter((name) => name !== '');

export const joinScopes = (scopes: readonly string[]): string => scopes.join(' ');

export const intersectScopes = (
  scopes: readonly string[],
  ceiling: ReadonlySet<string>,
): readonly string[] => scopes.filter((scope) => ceiling.has(scope));

export const missingScopes = (
  needed: readonly string[],
  held: readonly string[],
): readonly string[] => {
  if (needed.length * held.length <= FEW) return needed.filter((scope) => !held.includes(scope));
  const all = new Set(held);
  return needed.filter((scope) => !all.has(scope));
};

/** Below this many comparisons a set costs more than it saves. */
const FEW = 256;

/** Of names that somebody sent, those that can be nothing but names are repeated to them. */
const SHOWABLE = /^[\w.:/-]{1,100}$/;
const MOST_SHOWN = 10;

/** For a description of an error: `a.read, b.write and 3 more`. */
export function nameScopes(scopes: readonly string[]): string {
  const shown = scopes.filter((name) => SHOWABLE.test(name)).slice(0, MOST_SHOWN);
  const rest = scopes.length - shown.length;
  if (shown.length === 0) return rest === 1 ? 'of that name' : 'of those names';
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} more`;
}
