/** The frame that all app pages share, and pieces that several of them show. */
import { stateOfApp, type App } from '../../apps/types.ts';
import { countOf } from '../../kit/plural.ts';
import { maskCredential } from '../../oauth/tokens/format.ts';
import type { ClientType } from '../../oauth/vocabulary.ts';
import { personalPage, type PersonalPage } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { code } from '../ui/code.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { badge } from '../ui/state.ts';
import type { SignedInVisit } from '../visit.ts';

export const appFrame = (
  context: PortalContext,
  visit: SignedInVisit,
  given: Omit<PersonalPage, 'current'> & { readonly current?: PersonalPage['current'] },
): Html => personalPage(context, visit, { current: 'apps', ...given });

export const TYPE_WORDS: Readonly<Record<ClientType, string>> = {
  web: 'Web server',
  public: 'Browser, mobile or CLI',
  service: 'Service',
};

export const stateBadgeOf = (app: App): Html =>
  stateOfApp(app) === 'disabled' ? badge('Disabled', 'quiet') : badge('Active', 'good');

export const maskedSecret = (context: PortalContext, secret: { readonly id: string }): Html =>
  code(maskCredential(context.brand.tokenPrefix, 'cs', secret.id));

export const sayUsers = (count: number): string =>
  count === 0 ? 'Nobody' : countOf(count, 'person', 'people');

/** One thing that can be done to an app. */
export const change = (given: { title: string; text: Child; control: Child }): Html =>
  html`<div class="change">
    <div>
      <h3>${given.title}</h3>
      <p class="hint">${given.text}</p>
    </div>
    ${given.control}
  </div>`;
