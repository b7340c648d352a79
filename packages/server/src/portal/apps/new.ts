import type { AccountOfMember } from '../../identity/types.ts';
import { text } from '../../http/form.ts';
import { countOf } from '../../kit/plural.ts';
import type { PortalContext } from '../portal-context.ts';
import { accountsOf } from '../tokens/own.ts';
import { sayEnough } from '../ui/time.ts';
import {
  redirect,
  show,
  showUntil,
  type Answer,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import {
  blankValues,
  readNewAppForm,
  toAppForm,
  toPageErrors,
  type NewAppValues,
} from './app-form.ts';
import { closedPage, newPage, verifyFirstPage } from './new-page.ts';
import { actorOf } from './own.ts';
import { alreadyRegisteredPage, registeredPage } from './secret-page.ts';

export const showNewApp =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    if (!context.apps.mayRegister(actorOf(visit))) return show(closedPage(context, visit));
    if (visit.signedIn.user.emailVerifiedAt === null) return show(verifyFirstPage(context, visit));
    const accounts = await accountsOf(context, visit);
    const values = blankValues(accounts[0]?.id ?? visit.signedIn.user.accountId);
    return show(newPage(context, visit, { accounts, values, errors: {} }));
  };

export const registerApp =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const accounts = await accountsOf(context, visit);
    const accountId = chosenAccount(visit, accounts);
    const catalogue = context.catalogues.current();
    const values = readNewAppForm(visit.form, { catalogue, accountId });
    const retry = (errors: Readonly<Record<string, string>>): Answer =>
      show(newPage(context, visit, { accounts, values, errors }), 422);
    if (values.type === null) return retry({ type: 'Say what kind of app it is.' });
    const outcome = await register(context, visit, { ...values, type: values.type });
    switch (outcome.outcome) {
      case 'registered':
        return outcome.secret === null
          ? redirect(`/apps/${outcome.app.id}?done=registered`)
          : show(registeredPage(context, visit, { app: outcome.app, value: outcome.secret }));
      case 'already-registered':
        return show(alreadyRegisteredPage(context, visit, outcome.app), 409);
      case 'not-allowed':
        return show(closedPage(context, visit), 403);
      case 'email-unverified':
        return show(verifyFirstPage(context, visit), 403);
      case 'too-many':
        return retry({ form: tooMany(outcome.most) });
      case 'made-enough': {
        const errors = { form: sayEnough('app', outcome) };
        const page = newPage(context, visit, { accounts, values, errors });
        return showUntil(page, outcome.retryAfterSeconds);
      }
      case 'invalid':
        return retry(toPageErrors(outcome.errors));
    }
  };

const chosenAccount = (visit: SignedInVisit, accounts: readonly AccountOfMember[]): string => {
  const asked = text(visit.form, 'account_id', { max: 64 });
  const account = accounts.find(({ id }) => id === asked) ?? accounts[0];
  return account?.id ?? visit.signedIn.user.accountId;
};

const register = (
  { apps }: PortalContext,
  visit: SignedInVisit,
  values: NewAppValues & { readonly type: Exclude<NewAppValues['type'], null> },
) => {
  const { type, accountId, creationKey } = values;
  return apps.register({ type, accountId, creationKey, form: toAppForm(values) }, actorOf(visit));
};

const tooMany = (most: number): string =>
  `You have ${countOf(most, 'app')}, the most that one person can have here. Delete one that you no longer need.`;
