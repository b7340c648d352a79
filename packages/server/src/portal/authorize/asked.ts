/** Reads what the page of consent is drawn from. */
import { shownOf, type Shown, type ShownAccount } from '../../oauth/authorize/shown.ts';
import type { Offer } from '../../oauth/authorize/decide.ts';
import type { PortalContext } from '../portal-context.ts';
import { PageRefusal } from '../visit.ts';
import type { Person, Question } from './question.ts';

export async function readShown(
  context: PortalContext,
  { request }: Question,
  { person, offer }: { readonly person: Person; readonly offer: Offer },
): Promise<Shown> {
  const app = await context.apps.reads.apps.byId(request.client.id);
  if (app === null) throw new PageRefusal(404, 'The app was deleted.');
  const { users } = context.accounts.reads;
  const owner = app.ownerId === null ? null : await users.byId(app.ownerId);
  const { id, name, description, homepageUrl, privacyUrl } = app;
  const { user } = person.signedIn;
  return shownOf(
    {
      app: { id, name, description, homepageUrl, privacyUrl, registeredBy: owner?.name ?? null },
      person: { name: user.name, email: user.email },
      account: accountOf(person.account),
      otherAccounts: person.accounts.filter((one) => one.id !== person.account.id).map(accountOf),
      offer,
      request,
    },
    context.catalogues.current(),
  );
}

const accountOf = ({ id, displayName, role }: Person['account']): ShownAccount => ({
  id,
  name: displayName,
  role,
});
