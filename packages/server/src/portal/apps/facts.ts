/** What an app is and may do, for its owner and for whoever is to become one. */
import type { App } from '../../apps/types.ts';
import { TEXT_FIELDS, type DescribedText } from '../../oauth/clients/fields.ts';
import { isOffline } from '../../oauth/vocabulary.ts';
import type { PortalContext } from '../portal-context.ts';
import { summariseScopes } from '../tokens/scope-groups.ts';
import { code } from '../ui/code.ts';
import { attributes, html, type Child, type Html } from '../ui/html.ts';
import type { facts } from '../ui/parts.ts';
import { badge } from '../ui/state.ts';
import { sayAccess, sayRefresh } from './lifetimes.ts';

export type Fact = Parameters<typeof facts>[0][number];

export function factsOfApp(
  context: PortalContext,
  app: App,
  shown: {
    /** For whoever must see all of them before they decide. */
    readonly isOpen?: boolean;
    /** Marks what the role of a service's owner withholds. */
    readonly heldByOwner?: ReadonlySet<string>;
  } = {},
): readonly Fact[] {
  const isForPeople = app.type !== 'service';
  const all: readonly (Fact | false)[] = [
    isForPeople && ['Redirect URIs', uriList(app)],
    ['Scopes', scopesHeld(context, app, shown)],
    ['Access token', sayAccess(context, app.accessSeconds)],
    isForPeople && ['Refresh token', refreshOf(context, app)],
    app.type === 'public' && ['PKCE', pkceOf(app)],
    ...TEXT_FIELDS.map((described) => saidBy(app, described)),
  ];
  return all.filter((fact) => fact !== false);
}

function saidBy(app: App, { name, kind, label, heading = label }: DescribedText): Fact | false {
  const value = app[name];
  return value !== null && [heading, kind === 'link' ? webLink(value) : value];
}

const uriList = ({ redirectUris }: App): Html =>
  html`<ul class="plain">${redirectUris.map((uri) => html`<li>${code(uri)}</li>`)}</ul>`;

const webLink = (url: string): Html => html`<a href="${url}" rel="noopener noreferrer">${url}</a>`;

function scopesHeld(
  { catalogues }: PortalContext,
  app: App,
  { isOpen = false, heldByOwner }: NonNullable<Parameters<typeof factsOfApp>[2]>,
): Html {
  const catalogue = catalogues.current();
  return html`<details class="scopes-held"${attributes({ open: isOpen })}>
    <summary>
      ${summariseScopes(app.scopes, catalogue)} ${isOffline(app.scopes) && badge('Persistent', 'accent')}
    </summary>
    <ul class="scope-list">
      ${app.scopes.map(
        (name) =>
          html`<li>
            ${code(name)} <span class="muted">${catalogue.get(name)?.description ?? 'no longer offered here'}</span>
            ${app.type === 'service' && catalogue.get(name) !== undefined && heldByOwner?.has(name) === false && withheld}
            ${app.type !== 'service' && app.optionalScopes.includes(name) && badge('Optional', 'quiet')}
          </li>`,
      )}
    </ul>
  </details>`;
}

const withheld = html`<span class="text-warning">not allowed by its owner’s role now</span>`;

const refreshOf = (context: PortalContext, app: App): Child =>
  isOffline(app.scopes)
    ? html`${sayRefresh(context, app.refreshSeconds)}${app.isRefreshStrict && ', strict'}`
    : html`<span class="muted">None: it does not ask for persistent access</span>`;

const pkceOf = ({ allowsMissingPkce }: App): Child =>
  allowsMissingPkce ? badge('Not required: legacy client', 'warning') : 'Required';
