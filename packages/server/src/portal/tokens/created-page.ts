import type { DeveloperToken } from '../../developer-tokens/types.ts';
import { countOf } from '../../kit/plural.ts';
import { mailboxHint } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedInVisit } from '../visit.ts';
import { codeBlock, codeField, tabs } from '../ui/code.ts';
import { actions, linkButton } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { callout, facts, heading, section } from '../ui/parts.ts';
import { fullExpiry, scopeList, tokenFrame } from './frame.ts';
import { sayScopes } from './scope-groups.ts';
import { snippetsFor } from './snippets.ts';
import { testForm } from './test-form.ts';

const TOKEN_FIELD = 'token';

export interface CreatedToken {
  readonly token: DeveloperToken;
  /** The credential. This page is the only one that ever shows it. */
  readonly value: string;
  /** Set when the token replaces another. */
  readonly old?: { readonly token: DeveloperToken; readonly sentence: Child };
}

export function createdPage(
  context: PortalContext,
  visit: SignedInVisit,
  created: CreatedToken,
): Html {
  const { token, value, old } = created;
  const title = old === undefined ? 'Token created' : 'Token rotated';
  return tokenFrame(context, visit, {
    title,
    body: [
      heading({ title, lead: token.description }),
      old !== undefined && callout('quiet', html`<p>${old.sentence}</p>`),
      section(
        { title: 'Your token' },
        callout(
          'warning',
          html`<p>
            <strong>This token is presented only once.</strong> Copy it and store it somewhere safe:
            it represents access to your account, and once you leave this page you cannot see it
            again.
          </p>`,
        ),
        codeField({ id: TOKEN_FIELD, label: 'Token', value, copyLabel: 'Copy', isSecret: true }),
        mailboxHint(context) ??
          html`<p class="hint">
            We sent an e-mail to ${visit.signedIn.user.email} about this token.
          </p>`,
      ),
      summary(context, token),
      firstCall(context, visit, value),
      actions(
        linkButton({ href: `/tokens/${token.id}`, label: 'About this token' }),
        linkButton({ href: '/tokens', label: 'All tokens' }),
      ),
    ],
  });
}

const summary = (context: PortalContext, token: DeveloperToken): Html =>
  section(
    { title: 'What it is' },
    facts([
      ['Description', token.description],
      ['Expires', fullExpiry(token, context.clock())],
      [
        'Scopes',
        html`<details class="scopes-held">
          <summary>
            ${countOf(token.scopes.length, 'scope')}:
            ${sayScopes(token.scopes, context.catalogues.current())}
          </summary>
          ${scopeList(context, token.scopes)}
        </details>`,
      ],
    ]),
  );

const firstCall = (context: PortalContext, visit: SignedInVisit, value: string): Html =>
  section(
    {
      title: 'Test your new token',
      lead: 'A request for information about yourself. The token is filled in.',
    },
    tabs({
      label: 'Languages',
      tabs: snippetsFor(context.baseUrl, value).map(({ id, label, code }) => ({
        id,
        label,
        body: codeBlock({ id: `snippet-${id}`, label: `${label} snippet`, value: code }),
      })),
    }),
    testForm(visit, { fieldId: TOKEN_FIELD, value }),
  );
