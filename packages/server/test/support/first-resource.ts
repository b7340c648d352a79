/** The resource that every catalogue of the tests has first, and that credentials are for which name none. */
import { NO_CATALOGUE } from '../../src/catalogue/catalogues.ts';
import type { ResourceIds } from '../../src/catalogue/resources.ts';

export const [FIRST] = NO_CATALOGUE.resources;
export const ONLY_FIRST: ResourceIds = [FIRST.id];
