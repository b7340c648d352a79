/**
 * Everything that the page of consent shows, as one value. The page is drawn from it and from nothing else, and its digest
 * is sealed into the form: whatever differs when the answer comes was not shown, however it came to differ.
 */
import { sha256 } from '../../kit/hash.ts';
import type { Offer, OfferedScope } from '../../oauth/authorize/decide.ts';
import { placeOf, provesClient } from '../../oauth/clients/redirect-uri.ts';
import { OFFLINE_SCOPES } from '../../oauth/vocabulary.ts';
import type { PortalContext } from '../portal-context.ts';
import { PageRefusal } from '../visit.ts';
import type { Person, Question } from './question.ts';
import { LEARNED } from './learned.ts';

/** `offline`: access that lasts, which is asked in a line of its own. */
export type ShownLevel = 'read' | 'write' | 'delete' | 'offline';

export interface ShownScope extends OfferedScope {
  readonly words: string;
  readonly level: ShownLevel;
  /** Ticked when the page opens. */
  readonly isChosen: boolean;
}

export interface ShownAccount {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

/** Of plain values alone: two of them are the same when their JSON is. */
export interface Shown {
  readonly app: {
    readonly id: string;
    readonly name: string;
    readonly description: string | null;
    readonly homepageUrl: string | null;
    readonly privacyUrl: string | null;
    /** Name of whoever registered it. */
    readonly registeredBy: string | null;
  };
  readonly person: { readonly name: string; readonly email: string };
  readonly account: ShownAccount;
  readonly otherAccounts: readonly ShownAccount[];
  readonly scopes: readonly ShownScope[];
  /** Asked for, and beyond the role. */
  readonly withheld: readonly string[];
  /** Something was allowed before. */
  readonly isExtension: boolean;
  /** What it learns about the person whatever it is allowed. */
  readonly learned: readonly string[];
  readonly destination: {
    readonly redirectUri: string;
    readonly place: string;
    /** Any program on the device could be there. */
    readonly isUnproved: boolean;
  };
}

export async function shownOf(
  context: PortalContext,
  { request }: Question,
  { person, offer }: { readonly person: Person; readonly offer: Offer },
): Promise<Shown> {
  const app = await context.apps.records.apps.byId(request.client.id);
  if (app === null) throw new PageRefusal(404, 'The app was deleted.');
  const owner = await context.accounts.records.users.byId(app.ownerId);
  const { id, name, description, homepageUrl, privacyUrl } = app;
  const { user } = person.signedIn;
  const { redirectUri } = request;
  return {
    app: { id, name, description, homepageUrl, privacyUrl, registeredBy: owner?.name ?? null },
    person: { name: user.name, email: user.email },
    account: accountOf(person.account),
    otherAccounts: person.accounts.filter((one) => one.id !== person.account.id).map(accountOf),
    scopes: offer.scopes.map((scope) => scopeOf(context, scope)),
    withheld: offer.withheld,
    isExtension: offer.isExtension,
    learned: LEARNED.map(({ words }) => words),
    destination: {
      redirectUri,
      place: placeOf(redirectUri),
      isUnproved: !provesClient(redirectUri),
    },
  };
}

const accountOf = ({ id, displayName, role }: Person['account']): ShownAccount => ({
  id,
  name: displayName,
  role,
});

function scopeOf({ tokens }: PortalContext, scope: OfferedScope): ShownScope {
  const known = tokens.catalogue.get(scope.name);
  const level = OFFLINE_SCOPES.includes(scope.name) ? 'offline' : (known?.level ?? 'write');
  const isChosen = isTicked(scope, level);
  return { ...scope, words: known?.description ?? scope.name, level, isChosen };
}

/** What was answered stays as it was. What deletes is allowed by a tick of the person's own. */
const isTicked = ({ isOptional, isNew, isDeclined }: OfferedScope, level: ShownLevel): boolean =>
  !isOptional || !isNew || (!isDeclined && level !== 'delete');

export const digestOf = (shown: Shown): string =>
  Buffer.from(sha256(Buffer.from(JSON.stringify(shown)).toString('base64'))).toString('base64url');
