import { countOf, nounFor } from '../../kit/plural.ts';
import { missingScopes } from '../../catalogue/catalogue.ts';
import { mostUnits } from '../../kit/stranger-text.ts';
import { stateOf, type DeveloperToken } from '../../developer-tokens/types.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedInVisit } from '../visit.ts';
import { button, errorOf, errorSummary, field, form, linkButton } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { callout, dangerZone, facts, heading, section } from '../ui/parts.ts';
import { accountNamed } from '../ui/account-name.ts';
import { exactTime, relativeTime } from '../ui/time.ts';
import { fullExpiry, masked, scopeList, stateOfToken, toFieldErrors, tokenFrame } from './frame.ts';
import { historySection } from './history.ts';
import { hasMade, madeTable, replacedNote, sayMade } from './made.ts';
import { isLive } from './own.ts';
import { summariseScopes } from './scope-groups.ts';
import type { TokenDossier } from './dossier.ts';
import { placesSection, useSection } from './use-sections.ts';

/** What `?done=` may say. */
export const DONE = ['renamed', 'narrowed', 'disabled', 'enabled', 'revoked'] as const;

export interface TokenPage {
  readonly dossier: TokenDossier;
  readonly typed: string;
  readonly errors: Readonly<Record<string, string>>;
  readonly done: (typeof DONE)[number] | null;
}

export function tokenPage(context: PortalContext, visit: SignedInVisit, given: TokenPage): Html {
  const { dossier, done } = given;
  const { token, now } = dossier;
  return tokenFrame(context, visit, {
    title: token.description,
    notice: done === null ? null : NOTICES[done],
    body: [
      heading({
        title: token.description,
        lead: html`${masked(context, token)} ${stateOfToken(token, now)}`,
        back: { href: '/tokens', label: 'Tokens' },
        actions: isLive(token, now) && headActions(dossier),
      }),
      errorSummary(toFieldErrors(given.errors)),
      standing(context, dossier),
      replacedNote(dossier.lineage.replaced, now),
      facts(factsOf(context, dossier)),
      hasMade(dossier.lineage) && madeSection(context, dossier),
      useSection(dossier),
      placesSection(dossier),
      historySection(dossier, visit.signedIn.user.id),
      isLive(token, now) && changes(visit, given),
      !isLive(token, now) && hasMade(dossier.lineage) && endMade(dossier),
    ],
  });
}

const madeSection = (context: PortalContext, { token, lineage, now }: TokenDossier): Html =>
  section(
    {
      title: 'Made by this token',
      lead: html`${sayMade(lineage)}, made by API with this token or one before it in its rotations.
      Revoking it ends them${token.replacedById !== null && ', and so does revoking its successor'}.`,
      id: 'made',
    },
    madeTable(context, lineage, now),
  );

/** The token has ended, and what it made has not. */
const endMade = ({ token, lineage }: TokenDossier): Html =>
  dangerZone(
    {
      title: 'End what it made',
      lead: `This token has ended. ${sayMade(lineage)} that it made by API work on. Whoever held it could have kept them.`,
    },
    linkButton({
      href: `/tokens/${token.id}/revoke`,
      label: 'End what it made…',
      kind: 'danger',
      icon: 'trash',
    }),
  );

const NOTICES: Readonly<Record<(typeof DONE)[number], Notice>> = {
  renamed: { tone: 'good', text: 'The description was changed.' },
  narrowed: { tone: 'good', text: 'The scopes were narrowed.' },
  disabled: {
    tone: 'good',
    text: 'The token is disabled. Its calls are refused until you enable it.',
  },
  enabled: { tone: 'good', text: 'The token is enabled. Its calls are answered again.' },
  revoked: { tone: 'good', text: 'The token was revoked. Its calls are refused from now on.' },
};

const headActions = ({ token }: TokenDossier): Child =>
  token.replacedById === null &&
  linkButton({ href: `/tokens/${token.id}/rotate`, label: 'Rotate…', icon: 'refresh-cw' });

/** Why the token does not work, or not for long. */
function standing(
  { catalogues }: PortalContext,
  { token, now, successor, ceiling }: TokenDossier,
): Child {
  const gone = catalogues.current().gone(token.scopes);
  const lost = missingScopes(token.scopes, gone).filter((scope) => !ceiling.has(scope));
  const replaced =
    successor !== null &&
    callout(
      'accent',
      html`<p>
        Rotated into <a href="/tokens/${successor.id}">its successor</a>
        ${relativeTime(successor.createdAt, now)}.
        ${isLive(token, now) && html`This one ends ${fullExpiry(token, now)}; “Where it is used from” shows who still uses it.`}
      </p>`,
    );
  const state = stateOf(token, now);
  if (state === 'exposed') {
    return [
      callout(
        'danger',
        html`<p>
          This token was found in public, and was ended for that ${relativeTime(token.exposedAt, now)}. Whoever
          saw it could use it until then: see below from where it was used. Remove it from where it was published,
          and <a href="/tokens/new">create another token</a> for what used it.
        </p>`,
      ),
      replaced,
    ];
  }
  if (state === 'disabled') {
    return [
      callout('warning', html`<p>Disabled: calls with this token are refused.</p>`),
      replaced,
    ];
  }
  if (!isLive(token, now)) return replaced;
  return [
    lost.length > 0 &&
      callout(
        'warning',
        html`<p>
          Your role no longer allows ${sayCount(lost.length)} of this token. It works without them.
        </p>`,
      ),
    gone.length > 0 &&
      callout(
        'warning',
        html`<p>
          ${sayCount(gone.length)} of this token ${nounFor(gone.length, 'is', 'are')} no longer offered
          here. It works without them, and keeps them in case they come back.
        </p>`,
      ),
    replaced,
  ];
}

const sayCount = (count: number): string => countOf(count, 'scope');

function factsOf(
  context: PortalContext,
  { token, now, ceiling, accountName, predecessor, maker }: TokenDossier,
): Parameters<typeof facts>[0] {
  const catalogue = context.catalogues.current();
  return [
    [
      'Scopes',
      html`<details class="scopes-held">
        <summary>${summariseScopes(token.scopes, catalogue)}</summary>
        ${scopeList(context, token.scopes, ceiling)}
      </details>`,
    ],
    [
      'Account',
      accountName !== null
        ? accountNamed(accountName)
        : html`<span class="text-warning">You are no longer a member</span>`,
    ],
    ['Created', exactTime(token.createdAt, now)],
    endOf(token, now),
    [
      'Last used',
      html`${relativeTime(token.lastUsedAt, now)}${token.lastUsedAddress !== null && ` from ${token.lastUsedAddress}`}`,
    ],
    ...(predecessor === null
      ? []
      : [['Replaces', html`<a href="/tokens/${predecessor.id}">the token before it</a>`] as const]),
    ...(maker === null
      ? []
      : [['Made by', html`<a href="/tokens/${maker.id}">${maker.description}</a>`] as const]),
  ];
}

function endOf(token: DeveloperToken, now: number): Parameters<typeof facts>[0][number] {
  if (token.exposedAt !== null) return ['Found in public', exactTime(token.exposedAt, now)];
  return token.revokedAt === null
    ? ['Expires', fullExpiry(token, now)]
    : ['Revoked', exactTime(token.revokedAt, now)];
}

function changes(visit: SignedInVisit, given: TokenPage): Child {
  const { dossier, typed } = given;
  const { token, now } = dossier;
  const { csrf } = visit.signedIn;
  const isDisabled = stateOf(token, now) === 'disabled';
  return [
    section(
      { title: 'Change' },
      form(
        { action: `/tokens/${token.id}/description`, csrf, attributes: { class: 'inline-form' } },
        field({
          label: 'Description',
          name: 'description',
          value: typed,
          error: errorOf(toFieldErrors(given.errors), 'description'),
          required: true,
          attributes: { maxlength: mostUnits('token description') },
        }),
        button({ label: 'Rename' }),
      ),
      change({
        title: 'Narrow scopes',
        text: 'Take away what it no longer needs. Scopes are never added to a token.',
        control: linkButton({ href: `/tokens/${token.id}/scopes`, label: 'Narrow scopes…' }),
      }),
      change({
        title: isDisabled ? 'Enable' : 'Disable',
        text: isDisabled
          ? 'Calls are answered again at once.'
          : 'Calls are refused at once, until you enable it again.',
        control: form(
          { action: `/tokens/${token.id}/${isDisabled ? 'enable' : 'disable'}`, csrf },
          button({ label: isDisabled ? 'Enable' : 'Disable' }),
        ),
      }),
    ),
    dangerZone(
      {
        title: 'Revoke this token',
        lead: 'Every program that uses it is refused at once. This cannot be undone.',
      },
      linkButton({
        href: `/tokens/${token.id}/revoke`,
        label: 'Revoke…',
        kind: 'danger',
        icon: 'trash',
      }),
    ),
  ];
}

const change = (given: { title: string; text: string; control: Child }): Html =>
  html`<div class="change">
    <div>
      <h3>${given.title}</h3>
      <p class="hint">${given.text}</p>
    </div>
    ${given.control}
  </div>`;
