/** The largest catalogue that is accepted: as many scopes as may be, in names as long as they may be together. */
import {
  MOST_SCOPE_CHARACTERS,
  MOST_SCOPES,
  type ScopeDefinition,
} from '../../src/catalogue/catalogue.ts';
import type { Config } from '../../src/config/config.ts';

/** Every character of a name but digits, most of which a form encodes as three. */
const SPECIAL = `!#$%&'()+,-./:;<=>?@[]^_\`{|}~`;

const LENGTH = MOST_SCOPE_CHARACTERS / MOST_SCOPES - 1;

function definitionAt(index: number, isInOneCategory: boolean): ScopeDefinition {
  const special = Array.from({ length: LENGTH }, (_, at) => SPECIAL[(at + index) % SPECIAL.length]);
  const name = `${index}${special.join('')}`.slice(0, LENGTH);
  return {
    name,
    description: `do ${index}`,
    category: isInOneCategory ? 'All' : `Category ${index}`,
    level: index % 2 === 0 ? 'read' : 'write',
    holders: 'everyone',
  };
}

export const OFFLINE: ScopeDefinition = {
  name: 'offline',
  description: 'go on while you are away',
  category: 'All',
  level: 'read',
  holders: 'apps',
};

/** `offline` among them, so that apps get refresh tokens. */
export const largestCatalogue = (isInOneCategory: boolean): readonly ScopeDefinition[] => [
  ...Array.from({ length: MOST_SCOPES - 1 }, (_, index) => definitionAt(index, isInOneCategory)),
  OFFLINE,
];

export function withCatalogue(config: Config, scopes: readonly ScopeDefinition[]): Config {
  const names = scopes.map(({ name }) => name);
  const roles = { owner: names, admin: names, member: names, viewer: names };
  return { ...config, scopes, presets: [], roles };
}
