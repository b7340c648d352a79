/** What a credential is for, as rows have it: ids joined by spaces; `null` for the first resource, as all that older versions wrote. */
import { joinScopes, splitScopes } from '../catalogue/catalogue.ts';
import type { ResourceIds } from '../catalogue/resources.ts';
import type { ScopedHandle } from './engine.ts';

type Names = Pick<ScopedHandle, 'catalogues'>;

export const readResources = ({ catalogues }: Names, stored: string | null): ResourceIds =>
  stored === null ? catalogues.current().onlyFirst : splitScopes(stored);

export function writeResources({ catalogues }: Names, ids: ResourceIds): string | null {
  const { firstResource } = catalogues.current();
  return ids.length === 1 && ids[0] === firstResource.id ? null : joinScopes(ids);
}
