/** What an app may say of itself. The same checks whichever way it is made or changed. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { faultOfIdentity, faultOfText } from '../kit/stranger-text.ts';
import { faultOfRedirectUri } from '../oauth/clients/redirect-uri.ts';
import { mayRefresh, type ClientTerms } from '../oauth/clients/client-terms.ts';
import { isConfidential, OFFLINE_SCOPES, type ClientType } from '../oauth/vocabulary.ts';
import { scopesBeyond, type AppCeiling, type AppContext, type FieldErrors } from './context.ts';
import type { App } from './types.ts';
import {
  CLIENT_FIELDS,
  columnsOfForm,
  FIELD_NAMES,
  formOfColumns,
  isText,
  type ClientColumns,
  type ClientForm,
  type FieldName,
  type TextFieldName,
} from '../oauth/clients/fields.ts';

export type AppForm = ClientForm;

const MAX_URL_LENGTH = 500;
const MOST_REDIRECT_URIS = 20;

export const ACCESS_SECONDS = { least: 60, most: 86_400 } as const;
export const REFRESH_SECONDS = { least: 3600, most: 365 * 86_400 } as const;

/** What the role of an app's owner may hold. */
export interface HeldByOwner {
  /** What stands before the names of scopes beyond them: "Your role does not allow". */
  readonly refusal: string;
  readonly scopes: ReadonlySet<string>;
}

interface Judged {
  readonly form: AppForm;
  readonly type: ClientType;
  readonly terms: ClientTerms;
  /** The most that a service can be given. */
  readonly held: HeldByOwner;
  readonly ceiling: AppCeiling | null;
  /** A resource server may have no scopes of its own. */
  readonly mayIntrospect: boolean;
  readonly isOperator: boolean;
  /** As it stands; `null` for a new one. */
  readonly before: ClientColumns | null;
}

/** What the app has and the catalogue no longer does: it stays until it is taken away. */
const keptOf = ({ catalogues }: AppContext, { before }: Pick<Judged, 'before'>): Set<string> =>
  new Set(catalogues.current().gone(before?.scopes ?? []));

/** In the names of today. */
export function inPresentNames({ catalogues }: AppContext, form: AppForm): AppForm {
  const { formerNames } = catalogues.current();
  const scopes = formerNames.currentOf(form.scopes);
  return { ...form, scopes, optionalScopes: formerNames.currentOf(form.optionalScopes) };
}

type Judge = (context: AppContext, judged: Judged) => string | null;

/** Rules of the fields that are more than a text. */
const JUDGES: Readonly<Record<Exclude<FieldName, TextFieldName>, Judge>> = {
  name: faultOfName,
  redirectUris: (_context, judged) => faultOfRedirectUris(judged),
  scopes: faultOfScopes,
  optionalScopes: (_context, { form }) => faultOfOptional(form),
  allowsMissingPkce: (_context, judged) => faultOfPkce(judged),
  accessSeconds: (_context, { form }) => faultOfSeconds(form.accessSeconds, ACCESS_SECONDS),
  refreshSeconds: (_context, { form }) => faultOfSeconds(form.refreshSeconds, REFRESH_SECONDS),
  isRefreshStrict: () => null,
};

/** By the names of the API. */
export function faultsOfApp(context: AppContext, judged: Judged): FieldErrors {
  const faults = FIELD_NAMES.map((name): readonly [string, string | null] => {
    const fault = isText(name) ? faultOfTextField(name, judged) : JUDGES[name](context, judged);
    return [CLIENT_FIELDS[name].wire, fault];
  });
  return Object.fromEntries(
    faults.filter((entry): entry is readonly [string, string] => entry[1] !== null),
  );
}

function faultOfTextField(name: TextFieldName, { form, before }: Judged): string | null {
  const text = form[name];
  if (CLIENT_FIELDS[name].kind === 'link') return faultOfLink(text);
  // What a row of before the rule says stays until it is changed.
  return text.trim() === before?.[name] ? null : faultOfText('app description', text);
}

/** What a row of before the rule says stays until it is changed. Operators name the apps of the site itself. */
function faultOfName(
  { brandName }: AppContext,
  { form, before, isOperator }: Judged,
): string | null {
  if (form.name.trim() === '') return 'Give the app a name that people will recognise.';
  if (form.name.trim() === before?.name) return null;
  return isOperator
    ? faultOfText('app name', form.name)
    : faultOfIdentity('app name', form.name, brandName);
}

const faultOfLength = (text: string, most: number): string | null =>
  text.length > most ? `Use at most ${most} characters.` : null;

/** Shown as links: nothing but the web, so that no scheme can run anything. */
function faultOfLink(text: string): string | null {
  if (text === '') return null;
  const url = URL.parse(text);
  const isWeb = url !== null && /^https?:\/\/[^\s\\@]+$/.test(text);
  if (!isWeb) return 'Write a complete web address, such as https://example.com.';
  return faultOfLength(text, MAX_URL_LENGTH);
}

function faultOfRedirectUris({ form: { redirectUris }, type }: Judged): string | null {
  if (type === 'service')
    return redirectUris.length === 0 ? null : 'A service acts as itself and has no redirect URIs.';
  if (redirectUris.length === 0) return 'Give at least one redirect URI.';
  if (redirectUris.length > MOST_REDIRECT_URIS)
    return `Give at most ${MOST_REDIRECT_URIS} redirect URIs.`;
  const faults = redirectUris.flatMap((uri) => {
    const fault = faultOfRedirectUri(uri, type);
    return fault === null ? [] : [redirectUris.length === 1 ? fault : `${uri}: ${fault}`];
  });
  return faults.length === 0 ? null : faults.join('\n');
}

function faultOfScopes(context: AppContext, judged: Judged): string | null {
  const { form, ceiling, mayIntrospect } = judged;
  if (form.scopes.length === 0) return mayIntrospect ? null : 'Choose at least one scope.';
  const kept = keptOf(context, judged);
  const unknown = context.catalogues
    .current()
    .gone(form.scopes)
    .filter((name) => !kept.has(name));
  if (unknown.length > 0) return `There is no scope ${unknown.join(', ')}.`;
  const beyond = ceiling === null ? [] : scopesBeyond(context, form.scopes, ceiling);
  if (beyond.length > 0) return `The calling token does not have ${beyond.join(', ')}.`;
  return faultOfOffline(judged, kept) ?? faultOfOwnScopes(judged, kept);
}

function faultOfOffline({ form, type, terms }: Judged, kept: ReadonlySet<string>): string | null {
  if (mayRefresh(terms)) return null;
  const pointless = form.scopes.filter((name) => OFFLINE_SCOPES.includes(name) && !kept.has(name));
  if (pointless.length === 0) return null;
  const whose = type === 'service' ? 'A service' : 'An app without the grant type refresh_token';
  return `${whose} has no refresh tokens: leave out ${pointless.join(', ')}.`;
}

/** A service answers to nobody's consent, so whoever registers it must hold what it is given. */
function faultOfOwnScopes({ form, type, held }: Judged, kept: ReadonlySet<string>): string | null {
  if (type !== 'service') return null;
  const beyond = form.scopes.filter((scope) => !kept.has(scope) && !held.scopes.has(scope));
  return beyond.length === 0 ? null : `${held.refusal} ${beyond.join(', ')}.`;
}

function faultOfOptional({ scopes, optionalScopes }: AppForm): string | null {
  const strays = optionalScopes.filter((scope) => !scopes.includes(scope));
  return strays.length === 0 ? null : `Not among the scopes: ${strays.join(', ')}.`;
}

/** Without PKCE nothing but the redirect URI keeps a code from another program, and any can take a private-use scheme. */
function faultOfPkce({ form, terms }: Judged): string | null {
  if (!form.allowsMissingPkce) return null;
  if (isConfidential(terms))
    return 'Only public apps need this: others prove themselves by their secret.';
  return form.redirectUris.every((uri) => /^https?:/.test(uri))
    ? null
    : 'Without PKCE an app cannot have a redirect URI with a scheme of its own.';
}

function faultOfSeconds(
  seconds: number | null,
  { least, most }: { readonly least: number; readonly most: number },
): string | null {
  if (seconds === null) return null;
  const isFine = Number.isSafeInteger(seconds) && seconds >= least && seconds <= most;
  return isFine ? null : `Choose ${least} to ${most} seconds.`;
}

export const formOf: (app: App) => AppForm = formOfColumns;

/** The columns that a form decides. */
export const columnsOf = (form: AppForm, catalogue: Catalogue): ClientColumns =>
  columnsOfForm(form, (names) => catalogue.arrange(names));
