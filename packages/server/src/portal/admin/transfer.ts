import { parseEmail } from '../../identity/accounts/email-address.ts';
import type { TransferOutcome } from '../../apps/transfer.ts';
import type { App } from '../../apps/types.ts';
import { text } from '../../http/form.ts';
import { countOf } from '../../kit/plural.ts';
import { actorOf, managedApp, noSuchApp } from '../apps/own.ts';
import { readOverlap, typedHours, usualHours, WRONG_OVERLAP } from '../apps/overlap-field.ts';
import type { PortalContext } from '../portal-context.ts';
import type { FieldError } from '../ui/form.ts';
import {
  PageRefusal,
  redirect,
  show,
  type Answer,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import { transferPage } from './transfer-page.ts';

interface Drawn {
  readonly app: App;
  readonly typed: { readonly email: string; readonly hours: string };
  readonly errors?: readonly FieldError[];
}

async function draw(
  context: PortalContext,
  visit: SignedInVisit,
  { app, typed, errors = [] }: Drawn,
): Promise<Answer> {
  const { appGrants, users } = context.apps.reads;
  const [owner, count] = await Promise.all([
    app.ownerId === null ? null : users.byId(app.ownerId),
    appGrants.countUsers(app.id),
  ]);
  const html = transferPage(context, visit, { app, owner, users: count, errors, typed });
  return show(html, errors.length === 0 ? 200 : 422);
}

export const askToTransfer =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    return draw(context, visit, { app, typed: { email: '', hours: usualHours(app) } });
  };

export const transferApp =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const app = await managedApp(context, visit);
    const typed = {
      email: text(visit.form, 'email'),
      hours: app.type === 'public' ? '0' : typedHours(visit.form),
    };
    const email = parseEmail(typed.email);
    const to = email === null ? null : await context.apps.reads.users.byEmail(email);
    const overlapSeconds = readOverlap(typed.hours);
    const errors = [
      email === null ? NO_ADDRESS : to === null ? NOBODY : null,
      overlapSeconds === null ? WRONG_OVERLAP : null,
    ].filter((error) => error !== null);
    if (to === null || overlapSeconds === null) return draw(context, visit, { app, typed, errors });
    const asked = { id: app.id, toId: to.id, overlapSeconds };
    const outcome = await context.apps.transfer(asked, actorOf(visit));
    if (outcome.outcome === 'transferred') return redirect(`/apps/${app.id}?done=transferred`);
    return draw(context, visit, { app, typed, errors: [errorOf(outcome)] });
  };

const atAddress = (message: string): FieldError => ({ field: 'email', message });
const NO_ADDRESS = atAddress('Write their e-mail address.');
const NOBODY = atAddress('Nobody has signed up here with this address.');

function errorOf(outcome: Exclude<TransferOutcome, { outcome: 'transferred' }>): FieldError {
  switch (outcome.outcome) {
    case 'same-owner':
      return atAddress('The app is theirs already.');
    case 'not-eligible':
      return atAddress('They have not proved this address yet, or are suspended.');
    case 'too-many':
      return atAddress(
        `They have ${countOf(outcome.most, 'app')} already, the most that one can have.`,
      );
    case 'invalid-overlap':
      return WRONG_OVERLAP;
    case 'not-operator':
      throw new PageRefusal(403, 'You are no longer an operator. Nothing was changed.');
    case 'not-found':
      throw noSuchApp();
  }
}
