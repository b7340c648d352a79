/** Words that depend on whether an app acts for people or as itself. */
import type { ClientType } from '../../oauth/vocabulary.ts';
import { html, type Child } from '../ui/html.ts';

interface Words {
  readonly people: Child;
  readonly service: Child;
}

/** While the type can still be chosen both are there, and style shows the one that applies. */
export function byType(type: ClientType | null, { people, service }: Words): Child {
  if (type === null)
    return html`<span class="for-people">${people}</span
      ><span class="for-services">${service}</span>`;
  return type === 'service' ? service : people;
}
