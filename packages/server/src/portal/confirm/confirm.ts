/**
 * Forms that cannot be carried out yet: keeps what was sent, asks for what has to come first, and carries it out
 * afterwards, once, by the controller of its own route. Never shows a kept form to anybody but the person who sent it.
 */
import { text } from '../../http/form.ts';
import { sayLimit, tooMany } from '../frame.ts';
import type { PersonalForm, PortalContext, PortalRoute } from '../portal-context.ts';
import { post } from '../session-routes.ts';
import { MOST_TYPED } from '../sign-in/sign-in.ts';
import { isAsked, never } from '../step-up.ts';
import { show, type Answer, type SignedInController, type SignedInVisit } from '../visit.ts';
import {
  alreadySentPage,
  linkSentPage,
  notKeptPage,
  passwordPage,
  type AboutKept,
} from './confirm-pages.ts';
import { endOfKept, openKept, sealKept, toKept, type KeptForm } from './kept-form.ts';
import { linkRoutes } from './link.ts';
import { placeNear } from './place.ts';

/** Base64url and JSON make a form longer, by less than this. */
const GROWTH = 3;

export interface Confirm {
  /** The page that asks for the password; `null` when the form can be carried out at once. */
  readonly askFirst: (form: PersonalForm, visit: SignedInVisit) => Promise<Answer | null>;
  readonly routes: readonly PortalRoute[];
}

/** For the forms of these screens. */
export function createConfirm(context: PortalContext, screens: readonly PortalRoute[]): Confirm {
  const forms = new Map(screens.filter(isPersonalForm).map((form) => [form.path, form]));
  const pages = new Set(screens.filter(({ method }) => method === 'GET').map(({ path }) => path));

  const about = (
    { route, params }: Pick<KeptForm, 'route' | 'params'>,
    sealed: string,
  ): AboutKept => ({
    act: forms.get(route)?.act ?? '',
    place: placeNear(pages, { route, params }),
    sealed,
  });

  const isDue = async (form: PersonalForm, visit: SignedInVisit): Promise<boolean> =>
    !context.accounts.isProvedLately(visit.signedIn.session) && isAsked(form.stepUp, visit);

  async function askFirst(form: PersonalForm, visit: SignedInVisit): Promise<Answer | null> {
    if (!(await isDue(form, visit))) return null;
    const { user, session } = visit.signedIn;
    const whose = { userId: user.id, sessionId: session.id, route: form.path };
    const kept = toKept({ ...whose, visit }, context.clock());
    const sealed = sealKept(context.formKey, kept);
    return show(passwordPage(context, visit, about(kept, sealed)), 403);
  }

  /** What was kept for this very person and session. */
  function read(
    visit: SignedInVisit,
  ): { kept: KeptForm; form: PersonalForm; sealed: string } | null {
    const sealed = text(visit.form, 'kept', { max: GROWTH * context.bodyLimitBytes });
    const kept = openKept(context.formKey, sealed, context.clock());
    const form = kept === null ? undefined : forms.get(kept.route);
    const { user, session } = visit.signedIn;
    if (kept === null || form === undefined) return null;
    // This route lets everybody in who is signed in; the form's own may not.
    if (form.access.kind === 'operator' && !user.isOperator) return null;
    return kept.userId === user.id && kept.sessionId === session.id ? { kept, form, sealed } : null;
  }

  const confirm: SignedInController = async (visit) => {
    const found = read(visit);
    if (found === null) return show(notKeptPage(context), 410);
    const { kept, form, sealed } = found;
    const { params, query, search, returnTo, form: fields } = kept;
    const then: SignedInVisit = { ...visit, params, query, search, returnTo, form: fields };
    if (await isDue(form, then)) {
      const asked = await prove(visit, about(kept, sealed));
      if (asked !== null) return asked;
    }
    return carryOut(form, then, kept);
  };

  /** `null` when the password was right. */
  async function prove(visit: SignedInVisit, given: AboutKept): Promise<Answer | null> {
    const by = text(visit.form, 'by', { max: 20 });
    if (by === 'link') {
      const fault = 'The link was not opened in this browser yet.';
      return show(linkSentPage(context, visit, { ...given, fault }), 422);
    }
    const password = text(visit.form, 'password', MOST_TYPED);
    if (password === '') return show(passwordPage(context, visit, given), 403);
    const outcome = await context.accounts.proveByPassword(
      { ...visit.signedIn, password },
      visit.visitor,
    );
    if (outcome.outcome === 'proved') return null;
    if (outcome.outcome === 'limited')
      return tooMany(outcome, passwordPage(context, visit, { ...given, fault: sayLimit(outcome) }));
    const fault = 'This is not your password.';
    return show(passwordPage(context, visit, { ...given, fault }), 422);
  }

  async function carryOut(
    form: PersonalForm,
    visit: SignedInVisit,
    kept: KeptForm,
  ): Promise<Answer> {
    const { sentForms } = context.accounts.records;
    if (!(await sentForms.claim(kept.id, endOfKept(kept))))
      return show(alreadySentPage(context, about(kept, '')), 409);
    try {
      return await form.controller(visit);
    } catch (error) {
      // Refused or failed: what was kept can be sent again from the page that holds it.
      await sentForms.release(kept.id);
      throw error;
    }
  }

  const because = 'it is where the password is asked for';
  const given = {
    act: 'Confirm',
    stepUp: never(because),
    bodyLimitBytes: GROWTH * context.bodyLimitBytes,
  };
  return {
    askFirst,
    routes: [
      post('/confirm', given, confirm),
      ...linkRoutes(context, { given, read: (visit) => aboutOf(read(visit)) }),
    ],
  };

  function aboutOf(found: ReturnType<typeof read>): AboutKept | null {
    return found === null ? null : about(found.kept, found.sealed);
  }
}

const isPersonalForm = (route: PortalRoute): route is PersonalForm =>
  route.method === 'POST' && route.access.kind !== 'public';
