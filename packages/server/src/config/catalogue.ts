/** What the scope catalogue, roles and presets must keep among themselves. A column of guards. */
import { MOST_SCOPE_CHARACTERS, MOST_SCOPES } from '../catalogue/catalogue.ts';
import { matchScopes } from '../catalogue/scope-patterns.ts';
import { OFFLINE_SCOPES } from '../oauth/vocabulary.ts';
import { didYouMean } from '../kit/closest.ts';
import { found, type Complaint, type Path } from './problem.ts';
import type { Settings } from './schema.ts';

/** `path` is the key to blame; when that one was not set by anybody, `or` is. */
export interface Conflict extends Complaint {
  readonly or?: Path;
}

export type Guard = (settings: Settings) => readonly Conflict[];

const checkNames: Guard = ({ scopes }) => {
  const seen = new Set<string>();
  const conflicts: Conflict[] = [];
  const once = (key: string, path: Path, name: string): void => {
    if (seen.has(key)) conflicts.push({ path, message: `found ${found(name)} a second time` });
    seen.add(key);
  };
  scopes.forEach(({ category, scopes: entries }, at) => {
    once(`category ${category}`, ['scopes', at, 'category'], category);
    entries.forEach(({ name }, index) => {
      once(`scope ${name}`, ['scopes', at, 'scopes', index, 'name'], name);
    });
  });
  return conflicts;
};

export const scopeNames = (settings: Settings): readonly string[] =>
  settings.scopes.flatMap(({ scopes }) => scopes.map(({ name }) => name));

/** A name of `Object.prototype`: programs that keep scopes in a dictionary of JavaScript would take it for something else. */
const isOfPrototype = (name: string): boolean => name in Object.prototype;

const checkPrototypes: Guard = ({ scopes }) =>
  scopes.flatMap(({ scopes: entries }, at) =>
    entries.flatMap(({ name, was = [] }, index) =>
      [name, ...was].filter(isOfPrototype).map((taken) => ({
        path: ['scopes', at, 'scopes', index, taken === name ? 'name' : 'was'],
        message: `found ${found(taken)}, which JavaScript objects have by themselves, expected another name`,
      })),
    ),
  );

const checkSize: Guard = (settings) => {
  const names = scopeNames(settings);
  const characters = names.reduce((sum, name) => sum + name.length + 1, 0);
  if (names.length > MOST_SCOPES)
    return [
      {
        path: ['scopes'],
        message: `found ${names.length} scopes, expected at most ${MOST_SCOPES}`,
      },
    ];
  if (characters <= MOST_SCOPE_CHARACTERS) return [];
  const message = `found names of ${characters} characters together, expected at most ${MOST_SCOPE_CHARACTERS}`;
  return [{ path: ['scopes'], message }];
};

/** A former name means one scope, and none of today: so there is no chain or cycle to follow. */
const checkFormer: Guard = (settings) => {
  const names = new Set(scopeNames(settings));
  const taken = new Map<string, string>();
  const conflicts: Conflict[] = [];
  settings.scopes.forEach(({ scopes: entries }, at) =>
    entries.forEach(({ name, was = [] }, index) =>
      was.forEach((former, place) => {
        const fault = faultOfFormer(former, { name, names, other: taken.get(former) });
        const path = ['scopes', at, 'scopes', index, 'was', place];
        if (fault !== null) conflicts.push({ path, message: `found ${found(former)}, ${fault}` });
        taken.set(former, name);
      }),
    ),
  );
  return conflicts;
};

function faultOfFormer(
  former: string,
  { name, names, other }: { name: string; names: ReadonlySet<string>; other: string | undefined },
): string | null {
  if (names.has(former))
    return 'which is still in the catalogue, expected a name that is not used any more';
  if (other !== undefined) return `which is a former name of ${other} too, expected it once`;
  // What asks for refresh tokens is known by name (OpenID Connect Core section 11).
  return OFFLINE_SCOPES.includes(former) && !OFFLINE_SCOPES.includes(name)
    ? `which can only become ${OFFLINE_SCOPES.join(' or ')}: apps ask for refresh tokens by this name`
    : null;
}

const renamedTo = ({ scopes }: Settings, name: string): string | undefined =>
  scopes.flatMap(({ scopes: entries }) => entries).find(({ was }) => was?.includes(name))?.name;

const unknownScopes = (patterns: readonly string[], path: Path, settings: Settings) =>
  patterns.flatMap((pattern, at) =>
    matchScopes(pattern, scopeNames(settings)).length > 0
      ? []
      : [
          {
            path: [...path, at],
            message: `found ${found(pattern)}, which names no scope of the catalogue${meant(settings, pattern)}`,
          },
        ],
  );

function meant(settings: Settings, pattern: string): string {
  const present = renamedTo(settings, pattern);
  return present === undefined
    ? didYouMean(pattern, scopeNames(settings))
    : `; it was renamed to ${present}`;
}

const checkRoles: Guard = (settings) =>
  Object.entries(settings.roles).flatMap(([role, patterns]) =>
    unknownScopes(patterns, ['roles', role], settings),
  );

const checkPresets: Guard = (settings) => {
  const forApps = settings.scopes
    .flatMap(({ scopes }) => scopes)
    .filter(({ holders }) => holders === 'apps')
    .map(({ name }) => name);
  const taken = new Set<string>();
  return settings.presets.flatMap((preset, at) => {
    const again = taken.has(preset.name);
    taken.add(preset.name);
    const twice = {
      path: ['presets', at, 'name'],
      message: `found ${found(preset.name)} a second time`,
    };
    const kept = preset.scopes.flatMap((name, index) =>
      forApps.includes(name)
        ? [
            {
              path: ['presets', at, 'scopes', index],
              message: `found ${found(name)}, which only apps may hold (holders: apps)`,
            },
          ]
        : [],
    );
    return [
      ...(again ? [twice] : []),
      ...unknownScopes(preset.scopes, ['presets', at, 'scopes'], settings),
      ...kept,
    ];
  });
};

export const CATALOGUE_GUARDS: readonly Guard[] = [
  checkNames,
  checkPrototypes,
  checkSize,
  checkFormer,
  checkRoles,
  checkPresets,
];
