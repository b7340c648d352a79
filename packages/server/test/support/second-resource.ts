/** Another API beside the first. No configuration makes one yet. */
import type { Catalogues } from '../../src/catalogue/catalogues.ts';
import type { Resource } from '../../src/catalogue/resources.ts';

export const SECOND: Resource = {
  id: 'films',
  name: 'Films',
  identifier: 'https://films.example.com/',
  aliases: [],
  baseUrl: 'https://films.example.com',
};

export function addSecond(catalogues: Catalogues): void {
  const { parts, firstResource } = catalogues.current();
  catalogues.replace({ ...parts, resources: [firstResource, SECOND] });
}
