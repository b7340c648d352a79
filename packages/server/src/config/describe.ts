/** The effective configuration in the words of gatehouse.yaml, for people and programs to look at. Masks every secret. */
import { camelCase, nameInConfig, type Config } from './config.ts';
import { ROWS } from './schema.ts';
import type { Keys } from './setting.ts';
import { isSection } from './validate.ts';

export function describeConfig(config: Config): Readonly<Record<string, unknown>> {
  const all: Readonly<Record<string, unknown>> = { ...config, scopes: byCategory(config.scopes) };
  return Object.fromEntries(
    ROWS.map(([name, row]) => {
      if (row.kind === 'secret') return [name, MASK];
      const values = all[camelCase(name)];
      const isDescribed = row.kind === 'section' && isSection(values);
      return [name, isDescribed ? describeSection(row.keys, values) : values];
    }),
  );
}

const describeSection = (keys: Keys, values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(keys).map(([key, row]) => {
      const value = values[nameInConfig(key, row)];
      if (row.kind === 'secret') return [key, typeof value === 'string' ? maskUrl(value) : null];
      return [key, typeof value === 'number' ? value / (row.conversion?.factor ?? 1) : value];
    }),
  );

function byCategory(scopes: Config['scopes']) {
  return [...Map.groupBy(scopes, ({ category }) => category)].map(([category, entries]) => ({
    category,
    scopes: entries.map(({ name, description, level, holders, was }) => ({
      name,
      description,
      level,
      holders,
      ...(was !== undefined && { was }),
    })),
  }));
}

const MASK = '********';

/** Keeps what tells one server from another. The query goes as a whole: PostgreSQL takes passwords there too. */
export function maskUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return MASK;
  const user =
    url.username === '' ? '' : `${url.username}${url.password === '' ? '' : `:${MASK}`}@`;
  const query = url.search === '' ? '' : `?${MASK}`;
  return `${url.protocol}//${user}${url.host}${url.pathname}${query}`;
}
