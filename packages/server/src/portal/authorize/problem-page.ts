/** What only a page may tell: who asks, or where the answer would go, is not known. */
import type { PageProblem } from '../../oauth/authorize/request.ts';
import type { PortalContext } from '../portal-context.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { card } from '../ui/layout.ts';
import { facts } from '../ui/parts.ts';
import { code } from '../ui/code.ts';
import type { SignedIn } from '../visit.ts';

export const problemPage = (
  context: PortalContext,
  problem: PageProblem,
  signedIn: SignedIn | null,
): Html =>
  card({
    title: 'This app cannot connect',
    brand: context.brand,
    body: [
      html`<p>${WORDS[problem.kind]}</p>`,
      forOwner(problem, signedIn),
      html`<p class="muted">
        Nothing was shared. Go back to the app and try again, or tell its developer what this page
        says.
      </p>`,
    ],
  });

const WORDS: Readonly<Record<PageProblem['kind'], string>> = {
  parameters_unreadable:
    'The request names its app or its redirect URI more than once, or in a way that cannot be read.',
  client_missing: 'The request does not say which app it comes from: client_id is missing.',
  client_unknown: 'No app is registered here with the client_id of the request.',
  client_inactive: 'The app is disabled. Its developer or an operator can enable it again.',
  client_has_no_page: 'The app is a service. It acts as itself and signs nobody in.',
  redirect_uri_missing:
    'The request does not say where to answer: redirect_uri is missing, and the app has several.',
  redirect_uri_unregistered: 'The redirect URI of the request is not one that the app registered.',
};

/** Strangers learn nothing about what an app registered; whoever registered it sees both and where they differ. */
function forOwner(problem: PageProblem, signedIn: SignedIn | null): Child {
  if (!('client' in problem)) return null;
  const { client } = problem;
  const mayKnow =
    signedIn !== null && (signedIn.user.id === client.ownerId || signedIn.user.isOperator);
  if (!mayKnow) return facts([['App', client.name]]);
  const sent = problem.kind === 'redirect_uri_unregistered' ? problem.redirectUri : null;
  return html`${facts([
    ['App', html`<a href="/apps/${client.id}">${client.name}</a>`],
    ...(sent === null
      ? []
      : [['Sent', html`${code(sent)} ${difference(sent, client.redirectUris)}`] as const]),
    [
      'Registered',
      html`<ul class="plain">${client.redirectUris.map((uri) => html`<li>${code(uri)}</li>`)}</ul>`,
    ],
  ])}
    <p class="hint">You see the addresses because you manage this app.</p>`;
}

/** In words, against the registered URI that is most like it. */
function difference(sent: string, registered: readonly string[]): Child {
  const closest = registered.toSorted((left, right) => alike(sent, right) - alike(sent, left))[0];
  if (closest === undefined) return null;
  const [one, other] = [URL.parse(sent), URL.parse(closest)];
  if (one === null || other === null) return null;
  const parts = (['protocol', 'hostname', 'port', 'pathname', 'search'] as const).filter(
    (part) => one[part] !== other[part],
  );
  const names = {
    protocol: 'scheme',
    hostname: 'host',
    port: 'port',
    pathname: 'path',
    search: 'query',
  };
  return parts.length === 0
    ? null
    : html`<span class="hint">Differs in ${parts.map((part) => names[part]).join(', ')}.</span>`;
}

/** Length of the common start. */
function alike(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length += 1;
  return length;
}
