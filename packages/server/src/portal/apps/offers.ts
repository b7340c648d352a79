/** Answering offers of apps, for whoever they are made to. */
import type { AcceptOutcome, ShownOffer } from '../../apps/answer-offer.ts';
import { text } from '../../http/form.ts';
import { isUuid } from '../../kit/ids.ts';
import { countOf } from '../../kit/plural.ts';
import { noticeOf } from '../frame.ts';
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
import { offersPage, offerToPage } from './offers-page.ts';
import { readOverlap, typedHours, usualHours, WRONG_OVERLAP } from './overlap-field.ts';
import { actorOf } from './own.ts';

const DONE = { declined: 'You declined. Whoever offered the app is told.' };

export const listOffers =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const offers = await context.apps.offersTo(actorOf(visit));
    const notice = noticeOf(visit.query, DONE);
    return show(offersPage(context, visit, { offers, notice, now: context.clock() }));
  };

const noOffer = (): PageRefusal =>
  new PageRefusal(404, 'There is no such offer to you any more. It may be withdrawn or over.');

const idOf = ({ params: { id = '' } }: SignedInVisit): string => {
  if (!isUuid(id)) throw noOffer();
  return id.toLowerCase();
};

async function find(context: PortalContext, visit: SignedInVisit): Promise<ShownOffer> {
  const shown = await context.apps.offerTo(idOf(visit), actorOf(visit));
  if (shown === null) throw noOffer();
  return shown;
}

interface Drawn {
  readonly hours?: string;
  readonly error?: FieldError;
  readonly status?: number;
}

async function draw(
  context: PortalContext,
  visit: SignedInVisit,
  { hours, error, status = 200 }: Drawn = {},
): Promise<Answer> {
  const shown = await find(context, visit);
  const html = offerToPage(context, visit, {
    shown,
    hours: hours ?? usualHours(shown.app),
    errors: error === undefined ? [] : [error],
    now: context.clock(),
  });
  return show(html, status);
}

export const showOffer =
  (context: PortalContext): SignedInController =>
  (visit) =>
    draw(context, visit);

export const acceptOffer =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const { app } = await find(context, visit);
    const hours = app.type === 'public' ? '0' : typedHours(visit.form);
    const overlapSeconds = readOverlap(hours);
    if (overlapSeconds === null)
      return draw(context, visit, { hours, error: WRONG_OVERLAP, status: 422 });
    const seen = text(visit.form, 'seen', { max: 64 });
    const asked = { id: idOf(visit), seen, overlapSeconds };
    const outcome = await context.apps.acceptOffer(asked, actorOf(visit));
    if (outcome.outcome === 'transferred') return redirect(`/apps/${app.id}?done=accepted`);
    return draw(context, visit, { hours, error: errorOf(outcome), status: 409 });
  };

const about = (message: string): FieldError => ({ field: null, message });

function errorOf(outcome: Exclude<AcceptOutcome, { outcome: 'transferred' }>): FieldError {
  switch (outcome.outcome) {
    case 'changed':
      return about('The app was changed meanwhile. Look at it again before you accept.');
    case 'too-many':
      return about(`You have ${countOf(outcome.most, 'app')} already, the most that one can have.`);
    case 'not-allowed':
      return about('Only operators own apps here. Ask one of them.');
    case 'resource-server':
      return about('It became a resource server: only an operator can give it to another owner.');
    case 'invalid-overlap':
      return WRONG_OVERLAP;
    case 'no-offer':
      throw noOffer();
  }
}

export const declineOffer =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    if (!(await context.apps.declineOffer({ id: idOf(visit) }, actorOf(visit)))) throw noOffer();
    return redirect('/apps/offers?done=declined');
  };
