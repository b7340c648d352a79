import type { DeveloperToken } from '../../developer-tokens/types.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedInVisit } from '../visit.ts';
import {
  actions,
  button,
  checkbox,
  errorOf,
  errorSummary,
  fieldId,
  form,
  linkButton,
} from '../ui/form.ts';
import { attributes, html, type Html } from '../ui/html.ts';
import { heading } from '../ui/parts.ts';
import { toFieldErrors, tokenFrame } from './frame.ts';

export interface Narrowing {
  readonly token: DeveloperToken;
  readonly kept: readonly string[];
  readonly errors: Readonly<Record<string, string>>;
}

const FIELD = fieldId('scope');

/** Only what the token holds is offered: scopes never widen. */
export function narrowPage(context: PortalContext, visit: SignedInVisit, given: Narrowing): Html {
  const { token } = given;
  const errors = toFieldErrors(given.errors);
  return tokenFrame(context, visit, {
    title: 'Narrow scopes',
    body: [
      heading({
        title: 'Narrow scopes',
        lead: html`Untick what “${token.description}” no longer needs. A scope that is taken away
        cannot be given back; a wider token has to be a new one.`,
        back: { href: `/tokens/${token.id}`, label: token.description },
      }),
      errorSummary(errors),
      form(
        {
          action: `/tokens/${token.id}/scopes`,
          csrf: visit.signedIn.csrf,
          attributes: { class: 'stack' },
        },
        boxes(context, given, errorOf(errors, 'scope')),
        actions(
          button({ label: 'Keep the ticked scopes', kind: 'primary' }),
          linkButton({ href: `/tokens/${token.id}`, label: 'Cancel' }),
        ),
      ),
    ],
  });
}

const boxes = (context: PortalContext, given: Narrowing, error: string | null): Html =>
  html`<fieldset class="field held-scopes"${attributes({
    id: FIELD,
    tabindex: -1,
    'data-invalid': error !== null,
    'aria-describedby': error === null ? null : `${FIELD}-error`,
  })}>
    <legend>Scopes to keep</legend>
    ${error !== null && html`<p class="error" id="${FIELD}-error">${error}</p>`}
    ${given.token.scopes.map((name) =>
      checkbox({
        name: 'scope',
        value: name,
        checked: given.kept.includes(name),
        label: html`<code class="inline">${name}</code>
          ${context.catalogues.current().get(name)?.description ?? 'no longer offered here'}`,
      }),
    )}
  </fieldset>`;
