import { OVERLAPS, RotationRefused } from '../../developer-tokens/rotate.ts';
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import { text } from '../../http/form.ts';
import { newId } from '../../kit/ids.ts';
import { countOf } from '../../kit/plural.ts';
import type { PortalContext } from '../portal-context.ts';
import {
  redirect,
  show,
  showUntil,
  type Answer,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import { html, type Html } from '../ui/html.ts';
import { sayEnough } from '../ui/time.ts';
import { createdPage } from './created-page.ts';
import { fullExpiry } from './frame.ts';
import { actorOf, isLive, noSuchToken, ownToken } from './own.ts';
import { alreadyCreatedPage, conflictPage } from './refused-pages.ts';
import { rotatePage } from './rotate-page.ts';
import { readCreationKey } from './token-form.ts';

const DEFAULT_OVERLAP = 86_400;

export const askToRotate =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const token = await ownToken(context, visit);
    if (!isLive(token, context.clock())) return redirect(`/tokens/${token.id}`);
    if (token.replacedById !== null) return refused(context, visit, token);
    const values = { overlap: DEFAULT_OVERLAP, creationKey: newId(), errors: {} };
    return show(rotatePage(context, visit, { ...values, ...(await standing(context, token)) }));
  };

export const rotateToken =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const token = await ownToken(context, visit);
    const overlap = readOverlap(visit.form);
    const creationKey = readCreationKey(visit.form);
    const asked = { id: token.id, overlapSeconds: overlap, creationKey };
    const outcome = await orRefused(context.tokens.rotate(asked, actorOf(visit)));
    switch (outcome?.outcome) {
      case 'rotated': {
        const old = await ownToken(context, visit);
        const sentence = endOfOld(old, context.clock());
        return show(createdPage(context, visit, { ...outcome, old: { token: old, sentence } }));
      }
      case 'already-rotated':
        return show(alreadyCreatedPage(context, visit, outcome.token), 409);
      case 'invalid': {
        const { errors } = outcome;
        const values = { overlap, creationKey, errors, ...(await standing(context, token)) };
        return show(rotatePage(context, visit, values), 422);
      }
      case 'made-enough': {
        const errors = { form: sayEnough('token', outcome) };
        const values = { overlap, creationKey, errors, ...(await standing(context, token)) };
        return showUntil(rotatePage(context, visit, values), outcome.retryAfterSeconds);
      }
      case 'too-many': {
        const errors = {
          form: `You have ${countOf(outcome.most, 'live token')}, the most allowed, and the old one would live beside the new one. End the old token at once, or revoke another first.`,
        };
        const values = { overlap, creationKey, errors, ...(await standing(context, token)) };
        return show(rotatePage(context, visit, values), 409);
      }
      case 'not-found':
        throw noSuchToken();
      case 'conflict':
      case undefined:
        return refused(context, visit, await ownToken(context, visit));
    }
  };

async function standing(context: PortalContext, token: DeveloperToken) {
  const lineage = await context.tokens.reads.tokens.lineage(token.id, context.clock());
  return { token, lineage };
}

/** An overlap that is not offered reads as none of them, so that the module refuses it. */
function readOverlap(form: unknown): number {
  const typed = text(form, 'overlap', { max: 20 });
  return OVERLAPS.find((overlap) => String(overlap) === typed) ?? -1;
}

/** `null` when the token was revoked, replaced or expired before this request came. */
async function orRefused<Outcome>(rotation: Promise<Outcome>): Promise<Outcome | null> {
  try {
    return await rotation;
  } catch (error) {
    if (error instanceof RotationRefused) return null;
    throw error;
  }
}

const endOfOld = (old: DeveloperToken, now: number): Html =>
  isLive(old, now)
    ? html`The <a href="/tokens/${old.id}">old token</a> works on and ends ${fullExpiry(old, now)}.
        Its page shows who still uses it.`
    : html`The <a href="/tokens/${old.id}">old token</a> ended just now.`;

function refused(context: PortalContext, visit: SignedInVisit, token: DeveloperToken): Answer {
  const message =
    token.replacedById === null
      ? 'Only a token that is still alive can be rotated.'
      : html`It was rotated before, into <a href="/tokens/${token.replacedById}">its successor</a>.
          Rotate that one instead.`;
  const title = 'This token cannot be rotated';
  return show(conflictPage(context, visit, { token, title, message }), 409);
}
