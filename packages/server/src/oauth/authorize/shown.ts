/**
 * Everything that the page of consent shows, as one value. The page is drawn from it and from nothing else, and its digest
 * is sealed into the form: whatever differs when the answer comes was not shown, however it came to differ.
 */
import { missingScopes, type Catalogue } from '../../catalogue/catalogue.ts';
import type { Resource, ResourceIds } from '../../catalogue/resources.ts';
import { sha256 } from '../../kit/hash.ts';
import { placeOf, provesClient } from '../clients/redirect-uri.ts';
import { OFFLINE_SCOPES } from '../vocabulary.ts';
import type { Offer, OfferedScope } from './decide.ts';
import { LEARNED } from './learned.ts';
import type { AuthorizationRequest } from './request.ts';

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
  /** The APIs that it can reach; empty when that is this server's own alone, as nearly always. */
  readonly apis: readonly { readonly name: string; readonly baseUrl: string }[];
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

/** What is known of who asks and of who is asked. */
export interface Asked extends Pick<Shown, 'app' | 'person' | 'account' | 'otherAccounts'> {
  readonly offer: Offer;
  readonly request: Pick<AuthorizationRequest, 'redirectUri' | 'resources'>;
}

export const shownOf = (
  { app, person, account, otherAccounts, offer, request: { redirectUri, resources } }: Asked,
  catalogue: Catalogue,
): Shown => ({
  app,
  person,
  account,
  otherAccounts,
  apis: isOnlyFirst(catalogue, resources) ? [] : catalogue.resourcesOf(resources).map(apiOf),
  scopes: offer.scopes.map((scope) => scopeOf(catalogue, scope)),
  withheld: offer.withheld,
  isExtension: offer.isExtension,
  learned: LEARNED.map(({ words }) => words),
  destination: { redirectUri, place: placeOf(redirectUri), isUnproved: !provesClient(redirectUri) },
});

const isOnlyFirst = ({ onlyFirst }: Catalogue, resources: ResourceIds): boolean =>
  missingScopes(resources, onlyFirst).length === 0;

const apiOf = ({ name, baseUrl }: Resource) => ({ name, baseUrl });

function scopeOf(catalogue: Catalogue, scope: OfferedScope): ShownScope {
  const known = catalogue.get(scope.name);
  const level = OFFLINE_SCOPES.includes(scope.name) ? 'offline' : (known?.level ?? 'write');
  const isChosen = isTicked(scope, level);
  return { ...scope, words: known?.description ?? scope.name, level, isChosen };
}

/** What was answered stays as it was. What deletes is allowed by a tick of the person's own. */
const isTicked = ({ isOptional, isNew, isDeclined }: OfferedScope, level: ShownLevel): boolean =>
  !isOptional || !isNew || (!isDeclined && level !== 'delete');

export const digestOf = (shown: Shown): string =>
  Buffer.from(sha256(Buffer.from(JSON.stringify(shown)).toString('base64'))).toString('base64url');
