/** The frame that all token pages share, and pieces that several of them show. */
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import { stateOf } from '../../developer-tokens/types.ts';
import { maskCredential } from '../../oauth/tokens/format.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedInVisit } from '../visit.ts';
import { code } from '../ui/code.ts';
import type { FieldError } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { page, type Notice } from '../ui/layout.ts';
import { stateBadge } from '../ui/state.ts';
import { exactTime, relativeTime } from '../ui/time.ts';

export const tokenFrame = (
  context: PortalContext,
  visit: SignedInVisit,
  given: { readonly title: string; readonly notice?: Notice | null; readonly body: Child },
): Html =>
  page({
    ...given,
    brand: context.brand,
    user: visit.signedIn.user,
    current: 'tokens',
    csrf: visit.signedIn.csrf,
  });

export const masked = (context: PortalContext, token: Pick<DeveloperToken, 'id'>): Html =>
  code(maskCredential(context.brand.tokenPrefix, 'pat', token.id));

export const stateOfToken = (token: DeveloperToken, now: number): Html =>
  stateBadge(stateOf(token, now));

/** When it ends, in amber during its last days. */
export function expiry(token: DeveloperToken, now: number): Html {
  const time = relativeTime(token.expiresAt, now, 'Never');
  return stateOf(token, now) === 'expiring'
    ? html`<span class="text-warning">${time}</span>`
    : time;
}

/** Relative and exact, for pages with room for both. */
export const fullExpiry = (token: DeveloperToken, now: number): Html =>
  token.expiresAt === null
    ? html`Never`
    : html`${expiry(token, now)} <span class="muted">(${exactTime(token.expiresAt, now)})</span>`;

/** Exact names, each with what it lets its holder do. `ceiling` marks those that the role no longer allows. */
export const scopeList = (
  context: PortalContext,
  scopes: readonly string[],
  ceiling?: ReadonlySet<string>,
): Html =>
  html`<ul class="scope-list">
    ${scopes.map(
      (name) =>
        html`<li>
          ${code(name)}
          <span class="muted">${context.catalogues.current().get(name)?.description}</span>
          ${notWorking(context, name, ceiling)}
        </li>`,
    )}
  </ul>`;

function notWorking(
  { catalogues }: PortalContext,
  name: string,
  ceiling: ReadonlySet<string> | undefined,
): Child {
  if (catalogues.current().get(name) === undefined)
    return html`<span class="text-warning">no longer offered here</span>`;
  return (
    ceiling?.has(name) === false &&
    html`<span class="text-warning">not allowed by your role now</span>`
  );
}

/** `form` stands for what no field is to blame for. */
export const toFieldErrors = (errors: Readonly<Record<string, string>>): readonly FieldError[] =>
  Object.entries(errors).map(([name, message]) => ({
    field: name === 'form' ? null : name,
    message,
  }));
