/** Which scopes do something on this server, and which are for the owner's own API to read. Never decides access: routes do. */
import { nounFor } from '../../kit/plural.ts';
import { PARTS_OF_SERVER } from '../../oauth/vocabulary.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { html, type Html } from './html.ts';

export function sayWhatScopesOpen(catalogue: Catalogue): Html {
  const open = catalogue.formerNames
    .currentOf(PARTS_OF_SERVER)
    .filter((name) => catalogue.get(name) !== undefined);
  if (open.length === 0)
    return html`No scope opens anything on this server: what each allows is up to the API that checks it.`;
  const names = open.map(
    (name, at) => html`${at > 0 && (at === open.length - 1 ? ' and ' : ', ')}<code>${name}</code>`,
  );
  return html`Of these, only ${names} ${nounFor(open.length, 'opens', 'open')} something on this server. What any
    other scope allows is up to the API that checks it.`;
}
