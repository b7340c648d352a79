import { text } from '../../http/form.ts';
import type { PortalContext } from '../portal-context.ts';
import { show, type SignedInController } from '../visit.ts';
import { codeBlock } from '../ui/code.ts';
import { actions, linkButton } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { badge } from '../ui/state.ts';
import { heading } from '../ui/parts.ts';
import { tokenFrame } from './frame.ts';

const MOST_CHARACTERS = 200;

/** "Test it now" without script. The token comes in the form, goes to the API and appears nowhere. */
export const tryToken =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const token = text(visit.form, 'token', { max: MOST_CHARACTERS });
    const { status, body } = await context.askApi(token, visit.visitor);
    const isGood = status === 200;
    return show(
      tokenFrame(context, visit, {
        title: 'Test of a token',
        body: [
          heading({ title: isGood ? 'It works' : 'The call was refused', lead: lead(status) }),
          codeBlock({ id: 'answer', label: 'Answer of GET /v2/me', value: indent(body) }),
          html`<p class="hint">The page that shows your token is still open in its own tab.</p>`,
          actions(linkButton({ href: '/tokens', label: 'All tokens' })),
        ],
      }),
    );
  };

const lead = (status: number): Html =>
  html`<code class="inline">GET /v2/me</code> answered
    ${badge(String(status), status === 200 ? 'good' : 'danger')}`;

function indent(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
