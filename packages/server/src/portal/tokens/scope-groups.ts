/** Scopes as people choose and read them: by category, with a level for each. */
import { countOf } from '../../kit/plural.ts';
import { MOST_SCOPES, type Catalogue, type ScopeDefinition } from '../../catalogue/catalogue.ts';
import { OFFLINE_SCOPES } from '../../oauth/vocabulary.ts';
import { choice, flag, texts } from '../../http/form.ts';

export interface ScopeGroup {
  readonly category: string;
  /** Names the radio buttons of the group: `level.<slug>`. */
  readonly slug: string;
  readonly scopes: readonly ScopeDefinition[];
}

export const LEVELS = ['none', 'read', 'write'] as const;
export type Level = (typeof LEVELS)[number];

export interface ScopeChoice {
  readonly scopes: readonly string[];
  readonly isAll: boolean;
}

/** The categories of what a developer token can hold, in catalogue order. */
export function groupsOf(catalogue: Catalogue): readonly ScopeGroup[] {
  const byCategory = Map.groupBy(catalogue.forTokens, (scope) => scope.category);
  const taken = new Set<string>();
  return [...byCategory].map(([category, scopes]) => {
    const slug = freeSlug(category, taken);
    taken.add(slug);
    return { category, slug, scopes };
  });
}

/** Two categories may differ only in characters that a slug does not have. */
function freeSlug(category: string, taken: ReadonlySet<string>): string {
  const base = category.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-') || 'other';
  let slug = base;
  for (let count = 2; taken.has(slug); count++) slug = `${base}-${count}`;
  return slug;
}

/** Write includes read. What destroys is never part of a level: it is chosen by name. */
export function scopesOfLevel(group: ScopeGroup, level: Level): readonly string[] {
  if (level === 'none') return [];
  return group.scopes
    .filter((scope) => scope.level === 'read' || (level === 'write' && scope.level === 'write'))
    .map((scope) => scope.name);
}

/** The highest level that `chosen` covers as far as the role goes. */
export function levelOf(
  group: ScopeGroup,
  chosen: ReadonlySet<string>,
  allowed: ReadonlySet<string>,
): Level {
  const covers = (level: Level): boolean => {
    const needed = scopesOfLevel(group, level).filter((name) => allowed.has(name));
    return needed.length > 0 && needed.every((name) => chosen.has(name));
  };
  if (covers('write') && offersLevel(group, 'write', allowed)) return 'write';
  return covers('read') ? 'read' : 'none';
}

/** Whether a level gives this role anything that the level below does not. */
export function offersLevel(
  group: ScopeGroup,
  level: Level,
  allowed: ReadonlySet<string>,
): boolean {
  if (level === 'none') return true;
  return group.scopes.some((scope) => scope.level === level && allowed.has(scope.name));
}

/**
 * The union of levels, exact boxes and "Select all scopes". Levels and "all" reach as far as the role; a box outside it
 * is kept, so that the refusal can name it.
 */
export function readScopes(
  form: unknown,
  groups: readonly ScopeGroup[],
  allowed: ReadonlySet<string>,
): ScopeChoice {
  const isAll = flag(form, 'all_scopes');
  const named = texts(form, 'scope', { most: MOST_SCOPES });
  const byLevel = groups.flatMap((group) =>
    isAll
      ? group.scopes.map((scope) => scope.name)
      : scopesOfLevel(group, choice(form, `level.${group.slug}`, LEVELS) ?? 'none'),
  );
  const within = byLevel.filter((name) => allowed.has(name));
  return { scopes: [...new Set([...within, ...named])], isAll };
}

const LEVEL_WORDS = { read: 'Read', write: 'Write', delete: 'Delete' } as const;

export type LevelCounts = Readonly<Record<keyof typeof LEVEL_WORDS, number>>;

/** Persistent access is said in words of its own: it reads and writes nothing. */
const acting = (scopes: readonly string[]): readonly string[] =>
  scopes.filter((scope) => !OFFLINE_SCOPES.includes(scope));

export function countLevels(scopes: readonly string[], catalogue: Catalogue): LevelCounts {
  const counts = { read: 0, write: 0, delete: 0 };
  // A scope that left the catalogue since the token was made counts as nothing: it opens nothing.
  for (const name of acting(scopes)) {
    const level = catalogue.get(name)?.level;
    if (level !== undefined) counts[level] += 1;
  }
  return counts;
}

/** `Read 4 · Write 1`. */
export function summariseScopes(scopes: readonly string[], catalogue: Catalogue): string {
  const counts = countLevels(scopes, catalogue);
  const parts = (['read', 'write', 'delete'] as const)
    .filter((level) => counts[level] > 0)
    .map((level) => `${LEVEL_WORDS[level]} ${counts[level]}`);
  const gone = catalogue.gone(acting(scopes)).length;
  if (gone > 0) parts.push(`No longer offered ${gone}`);
  return parts.join(' · ') || 'No scopes';
}

/** `can read 4 things, change 1, delete nothing`. */
export function sayScopes(scopes: readonly string[], catalogue: Catalogue): string {
  const counts = countLevels(scopes, catalogue);
  const say = (count: number): string => (count === 0 ? 'nothing' : String(count));
  return `can read ${counts.read === 0 ? 'nothing' : countOf(counts.read, 'thing')}, change ${say(counts.write)}, delete ${say(counts.delete)}`;
}
