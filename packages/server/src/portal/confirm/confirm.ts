/**
 * Forms that cannot be carried out yet: keeps what was sent, asks for what has to come first, and carries it out
 * afterwards, once, by the controller of its own route. Never shows a kept form to anybody but the person who sent it.
 */
import { repeatable } from '../form-limit.ts';
import type { EntryContext, PersonalForm, PortalContext, PortalRoute } from '../portal-context.ts';
import { post } from '../session-routes.ts';
import { signedInOf } from '../signed-in.ts';
import { isAsked, never } from '../step-up.ts';
import {
  show,
  type Answer,
  type SignedIn,
  type SignedInController,
  type SignedInVisit,
  type Visit,
} from '../visit.ts';
import { alreadySentPage, askPage, notKeptPage, type AboutKept } from './confirm-pages.ts';
import { filledOf } from './filled.ts';
import {
  endOfKept,
  mostBytesWithKept,
  openKept,
  readSealed,
  sealKept,
  toKept,
  type KeptForm,
} from './kept-form.ts';
import { otherPersonPage, resumePage, sessionEndedPage } from './late-pages.ts';
import { linkRoutes } from './link.ts';
import { placeNear } from './place.ts';
import { prove } from './prove.ts';

export interface Confirm {
  /** The page that asks for the password; `null` when the form can be carried out at once. */
  readonly askFirst: (form: PersonalForm, visit: SignedInVisit) => Promise<Answer | null>;
  /** The page for a form whose session is not the one of now; `null` when it cannot be kept. */
  readonly keepLate: (route: string, visit: Visit, ownerId: string) => Answer | null;
  /** Goes on with what a sign-in carries; `null` when it carries nothing. */
  readonly afterSignIn: EntryContext['afterSignIn'];
  /** Where a late form leads that cannot be kept. */
  readonly endsSession: (route: string) => boolean;
  readonly routes: readonly PortalRoute[];
}

/** For the forms of these screens. */
export function createConfirm(
  context: PortalContext,
  screens: () => readonly PortalRoute[],
): Confirm {
  const table = once(() => tableOf(screens()));

  const about = (
    { route, params }: Pick<KeptForm, 'route' | 'params'>,
    sealed: string,
  ): AboutKept => ({
    act: table().forms.get(route)?.act ?? '',
    place: placeNear(table().pages, { route, params }),
    sealed,
  });

  const isDue = async (form: PersonalForm, visit: SignedInVisit): Promise<boolean> =>
    !context.accounts.isProvedLately(visit.signedIn.session) && isAsked(form.stepUp, visit);

  const sealAbout = (kept: KeptForm): AboutKept => about(kept, sealKept(context.formKeys, kept));

  async function askFirst(form: PersonalForm, visit: SignedInVisit): Promise<Answer | null> {
    if (!(await isDue(form, visit))) return null;
    const { user, session } = visit.signedIn;
    const whose = { userId: user.id, sessionId: session.id, route: form.path };
    const kept = toKept({ ...whose, visit }, context.clock());
    return show(askPage(context, visit, sealAbout(kept)), 403);
  }

  function open(form: unknown): Found | null {
    const kept = openKept(context.formKeys, readSealed(context, form), context.clock());
    const route = kept === null ? undefined : table().forms.get(kept.route);
    return kept === null || route === undefined ? null : { kept, form: route };
  }

  /** `null`: the form is of this very person and session. Otherwise what has to come first. */
  function whatIsFirst({ kept }: Found, signedIn: SignedIn): Answer | null {
    const { user, session } = signedIn;
    if (kept.userId !== user.id)
      return show(otherPersonPage(context, signedIn, sealAbout(kept).sealed), 403);
    if (kept.sessionId === session.id) return null;
    const asked = { ...sealAbout({ ...kept, sessionId: session.id }), filled: filledOf(kept.form) };
    return show(resumePage(context, signedIn, asked));
  }

  /** A form of this module carries one that was kept before. */
  function keptOf(route: string, visit: Visit, ownerId: string): Found | null {
    const form = table().forms.get(route);
    if (form === undefined) return open(visit.form);
    if (form.leadsAway === true || repeatable(visit.form) === null) return null;
    const whose = { userId: ownerId, sessionId: null, route };
    return { form, kept: toKept({ ...whose, visit }, context.clock()) };
  }

  function keepLate(route: string, visit: Visit, ownerId: string): Answer | null {
    const { signedIn } = visit;
    const found = keptOf(route, visit, ownerId);
    if (found === null || found.kept.userId !== ownerId)
      return signedIn === null || signedIn.user.id === ownerId
        ? null
        : show(otherPersonPage(context, signedIn, ''), 403);
    if (signedIn !== null) return whatIsFirst(found, signedIn);
    if (found.form.endsSession === true) return null;
    const kept = { ...found.kept, sessionId: null };
    return show(sessionEndedPage(context, sealAbout(kept)), 403);
  }

  const afterSignIn: EntryContext['afterSignIn'] = ({ form, visitor }, begun) => {
    const found = open(form);
    if (found === null) return null;
    const signedIn = signedInOf(context.csrfKeys, { ...begun, address: visitor.address });
    return whatIsFirst(found, signedIn);
  };

  const confirm: SignedInController = async (visit) => {
    const found = open(visit.form);
    // This route lets everybody in who is signed in; the form's own may not.
    if (found === null || !isAllowed(found.form, visit)) return show(notKeptPage(context), 410);
    const first = whatIsFirst(found, visit.signedIn);
    if (first !== null) return first;
    const { kept, form } = found;
    const { params, query, search, returnTo, form: fields } = kept;
    const then: SignedInVisit = { ...visit, params, query, search, returnTo, form: fields };
    if (await isDue(form, then)) {
      const asked = await prove(context, visit, sealAbout(kept));
      if (asked !== null) return asked;
    }
    return carryOut(form, then, kept);
  };

  async function carryOut(
    form: PersonalForm,
    visit: SignedInVisit,
    kept: KeptForm,
  ): Promise<Answer> {
    if (!(await context.accounts.keptForms.claim(kept.id, endOfKept(kept))))
      return show(alreadySentPage(context, about(kept, '')), 409);
    try {
      return await form.controller(visit);
    } catch (error) {
      // Refused or failed: what was kept can be sent again from the page that holds it.
      await context.accounts.keptForms.release(kept.id);
      throw error;
    }
  }

  const read = (visit: SignedInVisit): AboutKept | null => {
    const found = open(visit.form);
    return found !== null && whatIsFirst(found, visit.signedIn) === null
      ? sealAbout(found.kept)
      : null;
  };
  const because = 'it is where the password is asked for';
  const given = {
    act: 'Confirm',
    stepUp: never(because),
    bodyLimitBytes: () => mostBytesWithKept(context),
  };
  return {
    askFirst,
    keepLate,
    afterSignIn,
    endsSession: (route) => table().forms.get(route)?.endsSession === true,
    routes: [post('/confirm', given, confirm), ...linkRoutes(context, { given, read })],
  };
}

interface Found {
  readonly kept: KeptForm;
  readonly form: PersonalForm;
}

interface Table {
  readonly forms: ReadonlyMap<string, PersonalForm>;
  readonly pages: ReadonlySet<string>;
}

const tableOf = (screens: readonly PortalRoute[]): Table => ({
  forms: new Map(screens.filter(isPersonalForm).map((form) => [form.path, form])),
  pages: new Set(screens.filter(({ method }) => method === 'GET').map(({ path }) => path)),
});

/** The screens are given a part of this module, which is given the screens. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

const isPersonalForm = (route: PortalRoute): route is PersonalForm =>
  route.method === 'POST' && route.access.kind !== 'public';

const isAllowed = ({ access }: PersonalForm, { signedIn }: SignedInVisit): boolean =>
  access.kind !== 'operator' || signedIn.user.isOperator;
