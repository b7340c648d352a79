/**
 * The catalogue that counts now. Modules get this and ask at the moment when they need something: nobody keeps a part of the
 * catalogue, so that a replacement holds everywhere at once. Never validates: whoever replaces it has read it from somewhere.
 */
import { Catalogue, type CatalogueParts } from './catalogue.ts';
import { FIRST_RESOURCE_ID } from './resources.ts';

export interface Catalogues {
  current(): Catalogue;
  /** Everything that is answered from now on speaks of the next one. */
  replace(next: CatalogueParts): void;
  /** Called after each replacement. Must neither throw nor wait. */
  onReplaced(listener: () => void): void;
}

export function createCatalogues(first: CatalogueParts): Catalogues {
  let current = new Catalogue(first);
  const listeners: (() => void)[] = [];
  return {
    current: () => current,
    replace(next) {
      current = new Catalogue(next, current.version + 1);
      for (const listener of listeners) listener();
    },
    onReplaced: (listener) => void listeners.push(listener),
  };
}

/** What is made of a catalogue at some cost: made when it is first asked for, and anew after a replacement. */
export function derived<Value>(
  catalogues: Catalogues,
  make: (catalogue: Catalogue) => Value,
): () => Value {
  let made: { readonly of: Catalogue; readonly value: Value } | undefined;
  return () => {
    const current = catalogues.current();
    if (made?.of !== current) made = { of: current, value: make(current) };
    return made.value;
  };
}

/** For what works on a database without knowing what is guarded. */
export const NO_CATALOGUE: CatalogueParts = {
  scopes: [],
  roles: {},
  presets: [],
  resources: [
    { id: FIRST_RESOURCE_ID, name: '', identifier: 'urn:none', aliases: [], baseUrl: 'urn:none' },
  ],
};
