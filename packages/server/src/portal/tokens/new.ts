import { faultOfDescription } from '../../developer-tokens/context.ts';
import { text } from '../../http/form.ts';
import { countOf } from '../../kit/plural.ts';
import { splitScopes } from '../../catalogue/catalogue.ts';
import type { PortalContext } from '../portal-context.ts';
import { sayEnough } from '../ui/time.ts';
import {
  show,
  showUntil,
  type Answer,
  type SignedInController,
  type SignedInVisit,
} from '../visit.ts';
import { createdPage } from './created-page.ts';
import { newPage, verifyFirstPage } from './new-page.ts';
import { alreadyCreatedPage } from './refused-pages.ts';
import { actorOf, accountsOf, ceilingOf } from './own.ts';
import { groupsOf } from './scope-groups.ts';
import {
  blankForm,
  readLife,
  readTokenForm,
  type FormErrors,
  type TokenFormSetting,
  type TokenFormValues,
} from './token-form.ts';

export const showNewToken =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    if (visit.signedIn.user.emailVerifiedAt === null) {
      return show(verifyFirstPage(context, visit));
    }
    const asked = text(visit.query, 'account_id', { max: 64 });
    const setting = await settingFor(context, visit, asked);
    const { formerNames } = context.catalogues.current();
    const named = splitScopes(text(visit.query, 'scopes', { max: 16_384 }));
    const scopes = formerNames.currentOf(named).filter((name) => setting.allowed.has(name));
    const { accountId } = setting;
    const values = blankForm({ scopes, accountId, policy: context.tokens.policy });
    return show(newPage(context, visit, { setting, values, errors: {} }));
  };

async function settingFor(
  context: PortalContext,
  visit: SignedInVisit,
  askedAccountId: string,
): Promise<TokenFormSetting> {
  const accounts = await accountsOf(context, visit);
  const account = accounts.find(({ id }) => id === askedAccountId) ?? accounts[0];
  return {
    accounts,
    accountId: account?.id ?? visit.signedIn.user.accountId,
    allowed: ceilingOf(context, account),
    groups: groupsOf(context.catalogues.current()),
    now: context.clock(),
  };
}

export const createToken =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const setting = await settingFor(context, visit, text(visit.form, 'account_id', { max: 64 }));
    const values = readTokenForm(visit.form, setting);
    const life = readLife(values, context.tokens.policy, setting.now);
    const retry = (errors: FormErrors): Answer =>
      show(newPage(context, visit, { setting, values, errors }), 422);
    if (life.outcome === 'fault') {
      return retry({ ...faultsBeside(values), [life.field]: life.message });
    }
    const { description, scopes, accountId, creationKey } = values;
    const form = { description, scopes, accountId, creationKey, lifeSeconds: life.seconds };
    const outcome = await context.tokens.create(form, actorOf(visit));
    switch (outcome.outcome) {
      case 'created':
        return show(createdPage(context, visit, outcome));
      case 'already-created':
        return show(alreadyCreatedPage(context, visit, outcome.token), 409);
      case 'email-unverified':
        return show(verifyFirstPage(context, visit), 403);
      case 'too-many':
        return retry({ form: tooMany(outcome.most) });
      case 'made-enough': {
        const errors = { form: sayEnough('token', outcome) };
        const page = newPage(context, visit, { setting, values, errors });
        return showUntil(page, outcome.retryAfterSeconds);
      }
      case 'invalid':
        return retry(outcome.errors);
    }
  };

const tooMany = (most: number): string =>
  `You have ${countOf(most, 'live token')}, the most that one person can have here. Revoke one that you no longer need.`;

/** So that a wrong date does not hide what else is wrong. */
function faultsBeside(values: TokenFormValues): FormErrors {
  const description = faultOfDescription(values.description);
  return {
    ...(description !== null && { description }),
    ...(values.scopes.length === 0 && { scope: 'Choose at least one scope.' }),
  };
}
