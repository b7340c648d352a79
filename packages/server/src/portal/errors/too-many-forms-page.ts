/** What somebody sees who sends forms faster than they are taken. What was filled in is kept, where a page may hold it. */
import { countOf } from '../../kit/plural.ts';
import { actions, button, form, hidden, linkButton } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { page, type PageBrand } from '../ui/layout.ts';
import { heading } from '../ui/parts.ts';
import type { SignedIn } from '../visit.ts';

export interface TooManyForms {
  readonly brand: PageBrand;
  readonly signedIn: SignedIn;
  readonly retryAfterSeconds: number;
  /** Where it was sent, and with what; `null` when it cannot be sent from here. */
  readonly again: {
    readonly action: string;
    readonly fields: readonly (readonly [name: string, value: string])[];
  } | null;
}

const TITLE = 'One moment, please';

export const tooManyFormsPage = ({
  brand,
  signedIn,
  retryAfterSeconds,
  again,
}: TooManyForms): Html =>
  page({
    title: TITLE,
    brand,
    user: signedIn.user,
    csrf: signedIn.csrf,
    current: null,
    body: html`${heading({
      title: TITLE,
      lead: 'Many forms came from your account in a short time, and this one was not taken. Nothing was changed.',
    })}
    ${
      again === null
        ? html`<p>Wait ${sayWait(retryAfterSeconds)}, then go back and send it again.</p>
            ${actions(linkButton({ href: '/', label: 'To the start page', kind: 'primary' }))}`
        : html`<p>What you filled in is kept here. Wait ${sayWait(retryAfterSeconds)}, then send it again.</p>
            ${form(
              { action: again.action, csrf: signedIn.csrf },
              again.fields.map(([name, value]) => hidden(name, value)),
              actions(
                button({ label: 'Send it again', kind: 'primary' }),
                linkButton({ href: '/', label: 'To the start page' }),
              ),
            )}`
    }
    <p class="hint">If you did not send them, <a href="/account">sign out everywhere else</a>.</p>`,
  });

const sayWait = (seconds: number): string => countOf(seconds, 'second');
