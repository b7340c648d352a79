/**
 * Which scopes of an app a consent still covers. A scope that the app lost is gone from everything that was granted before,
 * and the app's getting it again does not bring it back: a consent covers a scope only if it was given after the app got it.
 * Revisions count changes of the app's scopes; times would be equal within a second.
 */
import { splitScopes } from '../../catalogue/catalogue.ts';

export interface ScopeHistory {
  readonly revision: number;
  /** Scopes that came after the app was registered, each with the revision that brought it. */
  readonly gainedAt: ReadonlyMap<string, number>;
}

/** What an app may ask for, and since when. */
export interface AppScopes {
  readonly scopes: readonly string[];
  readonly scopeHistory: ScopeHistory;
}

export const NO_CHANGES: ScopeHistory = { revision: 0, gainedAt: new Map() };

export function historyAfter(app: AppScopes, scopes: readonly string[]): ScopeHistory {
  const { revision, gainedAt } = app.scopeHistory;
  const before = new Set(app.scopes);
  const isSame = scopes.length === before.size && scopes.every((name) => before.has(name));
  if (isSame) return app.scopeHistory;
  const since = (name: string): number =>
    before.has(name) ? (gainedAt.get(name) ?? 0) : revision + 1;
  const gained = scopes.map((name) => [name, since(name)] as const);
  return { revision: revision + 1, gainedAt: new Map(gained.filter(([, at]) => at > 0)) };
}

/** Of scopes that were allowed when the app was at `revision`, those that the app has had ever since. */
export function coveredScopes(
  allowed: readonly string[],
  { scopes, scopeHistory: { gainedAt } }: AppScopes,
  revision: number,
): readonly string[] {
  const now = new Set(scopes);
  return allowed.filter((name) => now.has(name) && (gainedAt.get(name) ?? 0) <= revision);
}

/** As it is stored: `3:asset.delete 4:offline`. */
export const writeGained = (gainedAt: ScopeHistory['gainedAt']): string =>
  [...gainedAt].map(([name, revision]) => `${revision}:${name}`).join(' ');

export const readGained = (text: string): ScopeHistory['gainedAt'] =>
  new Map(
    splitScopes(text).map((entry) => {
      const colon = entry.indexOf(':');
      return [entry.slice(colon + 1), Number(entry.slice(0, colon))];
    }),
  );
