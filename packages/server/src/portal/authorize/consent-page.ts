/** The question to the user: who asks, where it leads, as whom, for what, for how long. */
import { isolated } from '../../kit/stranger-text.ts';
import type { AccountOfMember, User } from '../../accounts/types.ts';
import type { App } from '../../apps/types.ts';
import type { Offer, OfferedScope } from '../../oauth/authorize/decide.ts';
import type { AuthorizationRequest } from '../../oauth/authorize/request.ts';
import { placeOf, provesClient } from '../../oauth/redirect-uri.ts';
import { isOffline, OFFLINE_SCOPES } from '../../oauth/vocabulary.ts';
import type { PortalContext } from '../portal-context.ts';
import { attributes, html, type Child, type Html } from '../ui/html.ts';
import { actions, button, form, hidden } from '../ui/form.ts';
import { icon, type IconName } from '../ui/icons.ts';
import { card } from '../ui/layout.ts';
import { callout } from '../ui/parts.ts';
import { badge } from '../ui/state.ts';
import type { SignedIn } from '../visit.ts';

export interface ConsentPage {
  readonly app: App;
  readonly owner: User | null;
  readonly request: AuthorizationRequest;
  readonly offer: Offer;
  readonly account: AccountOfMember;
  readonly accounts: readonly AccountOfMember[];
  readonly signedIn: SignedIn;
  /** The request as it came, and the seal over it and what is offered. */
  readonly sent: string;
  readonly ticket: string;
  /** The request without our own mark. */
  readonly search: string;
  /** Where another user signs in for the same request. */
  readonly otherUserPath: string;
}

export const consentPage = (context: PortalContext, given: ConsentPage): Html =>
  card({
    title: given.offer.isExtension
      ? `${isolated(given.app.name)} asks for more`
      : `${isolated(given.app.name)} asks for access`,
    brand: context.brand,
    body: [
      whoAsks(given),
      html`<p>It wants to use your ${context.brand.name} account:</p>`,
      whichAccount(given),
      form(
        {
          action: '/oauth2/auth',
          csrf: given.signedIn.csrf,
          attributes: { class: 'consent stack' },
        },
        hidden('request', given.sent),
        hidden('account_id', given.account.id),
        hidden('offered', given.offer.scopes.map(({ name }) => name).join(' ')),
        hidden('ticket', given.ticket),
        levels(context, given.offer),
        withheld(given.offer),
        howLong(given),
        choices(context, given.offer),
      ),
      whereTo(given),
    ],
    footer: html`You can take it back at any time under <a href="/connections">Connected apps</a>.`,
  });

const whoAsks = ({ app, owner }: ConsentPage): Html =>
  html`<p class="muted">
    ${app.description !== null && html`${app.description}<br />`}
    ${owner !== null && html`Registered by ${owner.name}. `}
    ${app.homepageUrl !== null && html`<a href="${app.homepageUrl}" rel="noopener noreferrer" target="_blank">About the app</a> `}
    ${app.privacyUrl !== null && html`<a href="${app.privacyUrl}" rel="noopener noreferrer" target="_blank">Privacy</a>`}
  </p>`;

/** Asked in a form of its own: another account means another role, and so another question. */
const whichAccount = ({ signedIn, account, accounts, search, otherUserPath }: ConsentPage): Html =>
  html`<div class="consent-account">
    ${icon('user')}
    <div>
      <strong>${signedIn.user.name}</strong> <span class="muted">${signedIn.user.email}</span>
      <p class="hint">
        ${account.displayName} · <a href="${otherUserPath}">Use another user</a>
      </p>
      ${accounts.length > 1 && accountLinks({ account, accounts, search })}
    </div>
  </div>`;

const accountLinks = ({
  account,
  accounts,
  search,
}: Pick<ConsentPage, 'account' | 'accounts' | 'search'>): Html =>
  html`<p class="hint">
    Other accounts:
    ${accounts
      .filter(({ id }) => id !== account.id)
      .map(
        ({ id, displayName, role }) =>
          html`<a href="/oauth2/auth?${withAccount(search, id)}">${displayName} (${role})</a> `,
      )}
  </p>`;

const withAccount = (search: string, id: string): string =>
  [...search.split('&').filter((pair) => !pair.startsWith('account_id=')), `account_id=${id}`].join(
    '&',
  );

const LEVELS: readonly { level: 'read' | 'write' | 'delete'; title: string; icon: IconName }[] = [
  { level: 'read', title: 'See', icon: 'eye' },
  { level: 'write', title: 'Create and change', icon: 'refresh-cw' },
  { level: 'delete', title: 'Delete', icon: 'trash' },
];

const levels = (context: PortalContext, offer: Offer): Child =>
  LEVELS.map(({ level, title, icon: name }) => {
    const scopes = offer.scopes.filter(
      (scope) => levelOf(context, scope) === level && !OFFLINE_SCOPES.includes(scope.name),
    );
    return (
      scopes.length > 0 &&
      html`<fieldset class="consent-level">
        <legend>${icon(name)} ${title}</legend>
        <ul class="plain">
          ${scopes.map((scope) => html`<li>${line(context, offer, scope)}</li>`)}
        </ul>
      </fieldset>`
    );
  });

const levelOf = ({ tokens }: PortalContext, { name }: OfferedScope) =>
  tokens.catalogue.get(name)?.level ?? 'write';

/** Plain words first, the exact name beside them. What is required is shown, not asked. */
function line(context: PortalContext, offer: Offer, scope: OfferedScope): Html {
  const { name, isOptional, isNew, isChosen } = scope;
  const words = html`${context.tokens.catalogue.get(name)?.description ?? name}
    <code class="inline">${name}</code> ${offer.isExtension && isNew && badge('New', 'accent')}`;
  if (!isOptional) return html`<span class="check-text">${icon('check')} ${words}</span>`;
  const box = { type: 'checkbox', name: 'scope', value: name, checked: isChosen };
  return html`<label class="check"><input${attributes(box)}><span class="check-text">${words}</span></label>`;
}

const withheld = ({ withheld: names }: Offer): Child =>
  names.length > 0 &&
  html`<p class="hint">
    It also asked for ${names.join(', ')}, which your role does not allow. That is left out.
  </p>`;

const howLong = ({ offer }: ConsentPage): Html => {
  const names = offer.scopes.map(({ name }) => name);
  if (!isOffline(names))
    return html`<p class="consent-long">${icon('clock')}<span>For a short while: when its access runs out, it must ask again.</span></p>`;
  const box = offer.scopes.find(
    ({ name, isOptional }) => isOptional && OFFLINE_SCOPES.includes(name),
  );
  const words = 'Also while you are away, until you disconnect it';
  if (box === undefined)
    return html`<p class="consent-long">${icon('clock')}<span>${words}.</span></p>`;
  const input = { type: 'checkbox', name: 'scope', value: box.name, checked: box.isChosen };
  return html`<label class="check"><input${attributes(input)}><span class="check-text">${words}</span></label>`;
};

/** Reading alone is offered where everything else may be left out. */
function choices(context: PortalContext, offer: Offer): Html {
  const others = offer.scopes.filter(
    (scope) => levelOf(context, scope) !== 'read' && !OFFLINE_SCOPES.includes(scope.name),
  );
  const canOnlyRead =
    others.length > 0 &&
    others.every(({ isOptional }) => isOptional) &&
    others.length < offer.scopes.length;
  return actions(
    decision('allow', 'Allow'),
    decision('deny', 'Deny'),
    canOnlyRead && decision('allow_read', 'Allow reading only'),
  );
}

/** Allow and Deny look the same: neither is the one to click. */
const decision = (value: string, label: string): Html =>
  button({ label, kind: 'plain', attributes: { name: 'decision', value } });

const whereTo = ({ request }: ConsentPage): Html =>
  provesClient(request.redirectUri)
    ? html`<p class="hint">
        Either way you go on to <strong>${placeOf(request.redirectUri)}</strong>.
      </p>`
    : callout(
        'warning',
        html`<p>
          The answer goes to a program on this device
          (<strong>${placeOf(request.redirectUri)}</strong>). Allow it only if you started this
          yourself just now.
        </p>`,
      );
