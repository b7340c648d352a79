/** What is said instead of doing something twice or too late. */
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedInVisit } from '../visit.ts';
import { actions, linkButton } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { heading } from '../ui/parts.ts';
import { masked, tokenFrame } from './frame.ts';

export const alreadyCreatedPage = (
  context: PortalContext,
  visit: SignedInVisit,
  token: DeveloperToken,
): Html =>
  tokenFrame(context, visit, {
    title: 'This token was already created',
    body: [
      heading({
        title: 'This token was already created',
        lead: 'Its secret is not shown again, and nothing new was made.',
      }),
      html`<p>
        The form was sent before and made
        <a href="/tokens/${token.id}">${token.description}</a> ${masked(context, token)}. If you did
        not keep the token, revoke it and create another.
      </p>`,
      actions(
        linkButton({ href: `/tokens/${token.id}`, label: 'About this token', kind: 'primary' }),
        linkButton({ href: '/tokens/new', label: 'New token' }),
      ),
    ],
  });

export const conflictPage = (
  context: PortalContext,
  visit: SignedInVisit,
  given: { readonly token: DeveloperToken; readonly title: string; readonly message: Child },
): Html =>
  tokenFrame(context, visit, {
    title: given.title,
    body: [
      heading({ title: given.title }),
      html`<p>${given.message}</p>`,
      actions(
        linkButton({
          href: `/tokens/${given.token.id}`,
          label: 'Back to the token',
          kind: 'primary',
        }),
      ),
    ],
  });
