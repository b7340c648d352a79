import { placeOf } from '../../oauth/clients/redirect-uri.ts';
import type { PortalContext } from '../portal-context.ts';
import { actions, linkButton } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { card } from '../ui/layout.ts';
import type { Question } from './question.ts';
import { PATH } from './sign-in-again.ts';

/** What somebody sees who comes back to a page of consent and answers it a second time. */
export const answeredPage = ({ brand }: PortalContext, { request, search }: Question): Html =>
  card({
    title: 'You have already answered this request',
    brand,
    body: html`<p>
        The app at <strong>${placeOf(request.redirectUri)}</strong> was told your answer. Go back to
        the app.
      </p>
      <p>If it did not go on, start there again, or answer its request once more.</p>
      ${actions(linkButton({ href: `${PATH}?${search}`, label: 'Answer again' }))}`,
    footer: html`What you allowed is under <a href="/connections">Connected apps</a>.`,
  });
