/** The scopes of the file become the catalogue, patterns the names that they stand for. */
import type { ScopeDefinition } from '../catalogue/catalogue.ts';
import { scopeNames } from './catalogue.ts';
import type { Config } from './config.ts';
import type { Settings } from './schema.ts';
import { matchScopes } from '../catalogue/scope-patterns.ts';

export function toScopes(settings: Settings): Pick<Config, 'scopes' | 'presets' | 'roles'> {
  const names = scopeNames(settings);
  const scopes = settings.scopes.flatMap(({ category, scopes: entries }) =>
    entries.map(({ name, description, level, holders, was = [] }): ScopeDefinition => ({
      name,
      description,
      category,
      level: level ?? levelOf(name),
      holders: holders ?? 'everyone',
      ...(was.length > 0 && { was: [...was] }),
    })),
  );
  const forTokens = scopes.filter(({ holders }) => holders === 'everyone').map(({ name }) => name);
  const { owner, admin, member, viewer } = settings.roles;
  return {
    scopes,
    presets: settings.presets.map(({ name, scopes: patterns }) => ({
      name,
      scopes: expand(patterns, forTokens),
    })),
    roles: {
      owner: expand(owner, names),
      admin: expand(admin, names),
      member: expand(member, names),
      viewer: expand(viewer, names),
    },
  };
}

const levelOf = (name: string): ScopeDefinition['level'] =>
  name.endsWith('.read') ? 'read' : name.endsWith('.delete') ? 'delete' : 'write';

/** In the order of the catalogue, each once. */
function expand(patterns: readonly string[], names: readonly string[]): readonly string[] {
  const chosen = new Set(patterns.flatMap((pattern) => matchScopes(pattern, names)));
  return names.filter((name) => chosen.has(name));
}
