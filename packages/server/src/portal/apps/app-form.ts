/** Reads the form of an app into typed values, once. Whether they make an app is for the apps module. */
import { formOf, type AppForm } from '../../apps/form.ts';
import type { App } from '../../apps/types.ts';
import { choice, flag, text } from '../../http/form.ts';
import { newId } from '../../kit/ids.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { BLANK_FORM, mapFields, type FieldOf } from '../../oauth/clients/fields.ts';
import { CLIENT_TYPES, type ClientType } from '../../oauth/vocabulary.ts';
import { readCreationKey } from '../tokens/token-form.ts';

export const WISHES = ['none', 'optional', 'required'] as const;
export type Wish = (typeof WISHES)[number];

/** Texts and flags stand in the form as they are. */
type Plain = Pick<AppForm, FieldOf<'name' | 'prose' | 'link' | 'flag'>>;

export interface AppValues extends Plain {
  readonly type: ClientType | null;
  /** As typed, one a line. */
  readonly redirectUris: string;
  /** Scopes without an entry are not asked for. */
  readonly wishes: ReadonlyMap<string, Wish>;
  /** As typed; empty: as configured for the installation. */
  readonly accessMinutes: string;
  readonly refreshDays: string;
}

export interface NewAppValues extends AppValues {
  readonly accountId: string;
  readonly creationKey: string;
}

export const blankValues = (accountId: string): NewAppValues => ({
  ...BLANK_FORM,
  type: 'web',
  redirectUris: '',
  wishes: new Map(),
  accessMinutes: '',
  refreshDays: '',
  accountId,
  creationKey: newId(),
});

/** Longer than any field may be, so that the apps module says so and the text is not lost. */
const MOST_TYPED = 4000;
const MOST_URIS_TYPED = 45_000;

export function readAppForm(form: unknown, catalogue: Catalogue, app?: App): AppValues {
  const typed = (name: string): string => text(form, name, { max: MOST_TYPED });
  return {
    ...readPlain(form, typed),
    type: choice(form, 'type', CLIENT_TYPES),
    redirectUris: text(form, 'redirect_uris', { max: MOST_URIS_TYPED }),
    wishes: readWishes(form, catalogue, app),
    accessMinutes: typed('access_minutes'),
    refreshDays: typed('refresh_days'),
  };
}

const readPlain = (form: unknown, typed: (name: string) => string): Plain =>
  // Those that are written in another way stand beside these.
  mapFields((_name, { kind, wire }) =>
    kind === 'flag'
      ? flag(form, wire)
      : kind === 'name' || kind === 'prose' || kind === 'link'
        ? typed(wire)
        : null,
  ) as Plain;

export const readNewAppForm = (
  form: unknown,
  { catalogue, accountId }: { catalogue: Catalogue; accountId: string },
): NewAppValues => ({
  ...readAppForm(form, catalogue),
  accountId,
  creationKey: readCreationKey(form),
});

/** A form of before a rename has former names; what left the catalogue is on the form of an app that has it. */
function readWishes(form: unknown, catalogue: Catalogue, app?: App): ReadonlyMap<string, Wish> {
  const read = (name: string): Wish =>
    catalogue.formerNames
      .allOf(name)
      .map((spelling) => choice(form, `scope.${spelling}`, WISHES))
      .find((wish) => wish !== null) ?? 'none';
  const names = [...catalogue.all.map(({ name }) => name), ...catalogue.gone(app?.scopes ?? [])];
  return new Map(names.map((name) => [name, read(name)]));
}

const MINUTE = 60;
const DAY = 86_400;

/** What the apps module judges. A number that cannot be read is one that it refuses. */
export function toAppForm(values: AppValues): AppForm {
  const wished = (...kinds: readonly Wish[]): readonly string[] =>
    [...wishes].filter(([, wish]) => kinds.includes(wish)).map(([name]) => name);
  const { type, wishes, accessMinutes, refreshDays, ...plain } = values;
  return {
    ...plain,
    redirectUris: values.redirectUris
      .split(/[\r\n]+/)
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    scopes: wished('optional', 'required'),
    // A form that was filled in for another type first may still have it.
    optionalScopes: type === 'service' ? [] : wished('optional'),
    accessSeconds: toSeconds(accessMinutes, MINUTE),
    refreshSeconds: toSeconds(refreshDays, DAY),
  };
}

function toSeconds(typed: string, unit: number): number | null {
  if (typed === '') return null;
  return /^\d{1,7}(\.\d{1,6})?$/.test(typed) ? Math.round(Number(typed) * unit) : Number.NaN;
}

export function valuesOf(app: App): AppValues {
  const wishOf = (name: string): Wish =>
    app.optionalScopes.includes(name) ? 'optional' : 'required';
  return {
    ...formOf(app),
    type: app.type,
    redirectUris: app.redirectUris.join('\n'),
    wishes: new Map(app.scopes.map((name) => [name, wishOf(name)])),
    accessMinutes: inUnits(app.accessSeconds, MINUTE),
    refreshDays: inUnits(app.refreshSeconds, DAY),
  };
}

/** With as many digits as reading it back needs. */
const inUnits = (seconds: number | null, unit: number): string =>
  seconds === null ? '' : String(Number((seconds / unit).toFixed(6)));

/** The apps module names its own fields; some stand on the page under another name or in another unit. */
export function toPageErrors(errors: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(errors).map(([field, message]) => {
      const shown = Object.hasOwn(SHOWN_AS, field) ? SHOWN_AS[field] : undefined;
      return shown === undefined ? [field, message] : [shown.field, shown.message ?? message];
    }),
  );
}

const SHOWN_AS: Readonly<Record<string, { readonly field: string; readonly message?: string }>> = {
  optional_scopes: { field: 'scopes' },
  access_seconds: { field: 'access_minutes', message: 'Choose 1 to 1440 minutes.' },
  refresh_seconds: { field: 'refresh_days', message: 'Choose an hour (0.042) to 365 days.' },
};
