/**
 * The question to the user: who asks, where it leads, as whom, for what, for how long. Drawn from one `Shown`, whose digest
 * its form carries: it takes no record and no context, so that nothing can be shown past the seal.
 */
import { isolated } from '../../kit/stranger-text.ts';
import { accountNamed } from '../ui/account-name.ts';
import { actions, button, form, hidden } from '../ui/form.ts';
import { attributes, html, type Child, type Html } from '../ui/html.ts';
import { icon, type IconName } from '../ui/icons.ts';
import { card, type Notice, type PageBrand } from '../ui/layout.ts';
import { callout } from '../ui/parts.ts';
import { badge } from '../ui/state.ts';
import type { Shown, ShownAccount, ShownLevel, ShownScope } from '../../oauth/authorize/shown.ts';

/** What the page needs beside what it shows. */
export interface ConsentFrame {
  readonly brand: PageBrand;
  readonly csrf: string;
  /** The request as it came, and the seal over it and what is shown. */
  readonly sent: string;
  readonly ticket: string;
  /** The request without our own mark. */
  readonly search: string;
  /** Where another user signs in for the same request. */
  readonly otherUserPath: string;
  /** What is ticked when the page is shown again; `null`: as it is shown first. */
  readonly ticked: ReadonlySet<string> | null;
  readonly notice: Notice | null;
}

export const consentPage = (shown: Shown, frame: ConsentFrame): Html =>
  card({
    title: `${isolated(shown.app.name)} asks for ${askedFor(shown)}`,
    brand: frame.brand,
    notice: frame.notice,
    body: [
      whoAsks(shown),
      html`<p>It wants to use your ${frame.brand.name} account:</p>`,
      whichAccount(shown, frame),
      form(
        {
          action: '/oauth2/auth',
          csrf: frame.csrf,
          attributes: { class: 'consent stack', 'data-guarded': true },
        },
        hidden('request', frame.sent),
        hidden('account_id', shown.account.id),
        hidden('ticket', frame.ticket),
        learned(shown),
        whichApis(shown),
        levels(shown, frame),
        withheld(shown),
        howLong(shown, frame),
        whereTo(shown),
        choices(shown),
      ),
    ],
    footer: html`You can take it back at any time under <a href="/connections">Connected apps</a>.`,
  });

function askedFor({ isExtension, scopes }: Shown): string {
  if (!isExtension) return 'access';
  return scopes.some(isMore) ? 'more' : 'access again';
}

/** Never asked for before: what was left out then is no news. */
const isMore = ({ isNew, isDeclined }: ShownScope): boolean => isNew && !isDeclined;

const whoAsks = ({ app }: Shown): Html =>
  html`<p class="muted">
    ${app.description !== null && html`${app.description}<br />`}
    ${app.registeredBy !== null && html`Registered by ${app.registeredBy}. `}
    ${app.homepageUrl !== null && html`<a href="${app.homepageUrl}" rel="noopener noreferrer" target="_blank">About the app</a> `}
    ${app.privacyUrl !== null && html`<a href="${app.privacyUrl}" rel="noopener noreferrer" target="_blank">Privacy</a>`}
  </p>`;

/** Asked in a form of its own: another account means another role, and so another question. */
const whichAccount = (
  { person, account, otherAccounts }: Shown,
  { search, otherUserPath }: ConsentFrame,
): Html =>
  html`<div class="consent-account">
    ${icon('user')}
    <div>
      <strong>${person.name}</strong> <span class="muted">${person.email}</span>
      <p class="hint">${accountNamed(account.name)} · <a href="${otherUserPath}">Use another user</a></p>
      ${otherAccounts.length > 0 && accountLinks(otherAccounts, search)}
    </div>
  </div>`;

const accountLinks = (accounts: readonly ShownAccount[], search: string): Html =>
  html`<p class="hint">
    Other accounts:
    ${accounts.map(
      ({ id, name, role }) =>
        html`<a href="/oauth2/auth?${withAccount(search, id)}">${name} (${role})</a> `,
    )}
  </p>`;

const withAccount = (search: string, id: string): string =>
  [...search.split('&').filter((pair) => !pair.startsWith('account_id=')), `account_id=${id}`].join(
    '&',
  );

const learned = ({ learned: words }: Shown): Html =>
  html`<fieldset class="consent-level">
    <legend>${icon('user')} Know who you are</legend>
    <p class="consent-learned">Your ${words.join(', ')}.</p>
  </fieldset>`;

const whichApis = ({ apis }: Shown): Child =>
  apis.length > 0 &&
  html`<fieldset class="consent-level">
    <legend>${icon('code')} Reach these APIs</legend>
    <ul class="plain">
      ${apis.map(({ name, baseUrl }) => html`<li>${name} <code class="inline">${baseUrl}</code></li>`)}
    </ul>
  </fieldset>`;

const LEVELS: readonly { level: ShownLevel; title: string; icon: IconName }[] = [
  { level: 'read', title: 'See', icon: 'eye' },
  { level: 'write', title: 'Create and change', icon: 'refresh-cw' },
  { level: 'delete', title: 'Delete', icon: 'trash' },
];

const levels = (shown: Shown, frame: ConsentFrame): Child =>
  LEVELS.map(({ level, title, icon: name }) => {
    const scopes = shown.scopes.filter((scope) => scope.level === level);
    return (
      scopes.length > 0 &&
      html`<fieldset class="consent-level">
        <legend>${icon(name)} ${title}</legend>
        <ul class="plain">
          ${scopes.map((scope) => html`<li>${line(scope, shown, frame)}</li>`)}
        </ul>
      </fieldset>`
    );
  });

/** Plain words first, the exact name beside them. What is required is shown, not asked. */
function line(scope: ShownScope, { isExtension }: Shown, frame: ConsentFrame): Html {
  const words = html`${scope.words}
    <code class="inline">${scope.name}</code> ${isExtension && isMore(scope) && badge('New', 'accent')}`;
  if (!scope.isOptional) return html`<span class="check-text">${icon('check')} ${words}</span>`;
  return html`<label class="check">${box(scope, frame)}<span class="check-text">${words}</span></label>`;
}

const box = ({ name, isChosen }: ShownScope, { ticked }: ConsentFrame): Html => {
  const checked = ticked === null ? isChosen : ticked.has(name);
  return html`<input${attributes({ type: 'checkbox', name: 'scope', value: name, checked })}>`;
};

const withheld = ({ withheld: names }: Shown): Child =>
  names.length > 0 &&
  html`<p class="hint">
    It also asked for ${names.join(', ')}, which your role does not allow. That is left out.
  </p>`;

function howLong({ scopes }: Shown, frame: ConsentFrame): Html {
  const lasting = scopes.filter(({ level }) => level === 'offline');
  if (lasting.length === 0)
    return html`<p class="consent-long">${icon('clock')}<span>For a short while: when its access runs out, it must ask again.</span></p>`;
  const words = 'Also while you are away, until you disconnect it';
  const optional = lasting.find(({ isOptional }) => isOptional);
  if (optional === undefined)
    return html`<p class="consent-long">${icon('clock')}<span>${words}.</span></p>`;
  return html`<label class="check">${box(optional, frame)}<span class="check-text">${words}</span></label>`;
}

/** Reading alone is offered where everything else may be left out. */
function choices({ scopes }: Shown): Html {
  const others = scopes.filter(({ level }) => level !== 'read' && level !== 'offline');
  const canOnlyRead =
    others.length > 0 &&
    others.every(({ isOptional }) => isOptional) &&
    others.length < scopes.length;
  return html`${actions(
    decision('allow', 'Allow'),
    decision('deny', 'Deny'),
    canOnlyRead && decision('allow_read', 'Allow reading only'),
  )}
    <p class="hint" role="status" data-guard-hint></p>`;
}

/** Allow and Deny look the same: neither is the one to click. What allows is guarded (`assets/guard.js`). */
const decision = (value: 'allow' | 'allow_read' | 'deny', label: string): Html => {
  const guarded = value === 'deny' ? null : true;
  return button({
    label,
    kind: 'plain',
    attributes: { name: 'decision', value, 'data-guard': guarded },
  });
};

const whereTo = ({ destination: { place, isUnproved } }: Shown): Html =>
  isUnproved
    ? callout(
        'warning',
        html`<p>
          The answer goes to a program on this device (<strong>${place}</strong>). Allow it only if
          you started this yourself just now.
        </p>`,
      )
    : html`<p class="hint">Either way you go on to <strong>${place}</strong>.</p>`;
