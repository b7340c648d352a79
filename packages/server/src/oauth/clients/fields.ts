/**
 * What a client says of itself (RFC 7591 section 2), described once. The form of an app, the bodies and answers of the API,
 * the log of changes, an export, an erasure and the words of pages follow this description. What a text must be like is
 * judged by its kind; the rules of the other kinds are in `apps/form.ts`.
 */

/** Its name in forms and in the API. */
interface Wire {
  readonly wire: string;
  /** What the API's document says of it, where its name does not. */
  readonly says?: string;
  /** In the examples of that document; without it the value of a client that says nothing. */
  readonly example?: unknown;
  /** Whether the log says what it was and what it became; `before`: what it was alone. */
  readonly isLogged?: 'both' | 'before';
}

/** A text that may be left out: what people read, or a link. */
export interface TextField extends Wire {
  readonly kind: 'prose' | 'link';
  /** As forms call it. */
  readonly label: string;
  /** As the page of an app calls it, where that is shorter. */
  readonly heading?: string;
  /** What to write there, in an app for people and in a service. */
  readonly hint?: { readonly people: string; readonly service: string };
  /** Nobody sees it of a service. */
  readonly isForPeople?: true;
}

interface OtherField extends Wire {
  readonly kind: 'name' | 'uris' | 'scopes' | 'flag' | 'seconds';
}

export type ClientField = TextField | OtherField;

export const CLIENT_FIELDS = {
  name: { wire: 'name', kind: 'name', isLogged: 'before', example: 'Cutting Room' },
  description: {
    wire: 'description',
    kind: 'prose',
    label: 'Description',
    hint: {
      people: 'One sentence: what the app does for them.',
      service: 'One sentence: what it does.',
    },
    example: 'Cuts and sends what the studio made.',
  },
  homepageUrl: {
    wire: 'homepage_url',
    kind: 'link',
    label: 'Homepage',
    example: 'https://app.example.com',
  },
  privacyUrl: {
    wire: 'privacy_url',
    kind: 'link',
    label: 'Privacy policy',
    heading: 'Privacy',
    isForPeople: true,
  },
  redirectUris: {
    wire: 'redirect_uris',
    kind: 'uris',
    isLogged: 'both',
    example: ['https://app.example.com/callback'],
  },
  scopes: { wire: 'scopes', kind: 'scopes', isLogged: 'both' },
  optionalScopes: {
    wire: 'optional_scopes',
    kind: 'scopes',
    says: 'Those of the scopes that users may leave out.',
    isLogged: 'both',
  },
  allowsMissingPkce: {
    wire: 'allows_missing_pkce',
    kind: 'flag',
    says: 'Legacy public client without PKCE: whoever gets hold of a code can use it.',
  },
  accessSeconds: { wire: 'access_seconds', kind: 'seconds' },
  refreshSeconds: { wire: 'refresh_seconds', kind: 'seconds' },
  isRefreshStrict: {
    wire: 'strict_refresh',
    kind: 'flag',
    says: 'A refresh token works once, without a second try.',
  },
} as const satisfies Readonly<Record<string, ClientField>>;

type Fields = typeof CLIENT_FIELDS;
export type FieldName = keyof Fields;
export type FieldKind = Fields[FieldName]['kind'];
type KindOf<Name extends FieldName> = Fields[Name]['kind'];
/** Those of some kinds. */
export type FieldOf<Kind extends FieldKind> = {
  [Name in FieldName]: KindOf<Name> extends Kind ? Name : never;
}[FieldName];
export type TextFieldName = FieldOf<'prose' | 'link'>;

/** Values as they are asked for: a text that is left out is empty. */
interface Asked {
  readonly name: string;
  readonly prose: string;
  readonly link: string;
  readonly uris: readonly string[];
  readonly scopes: readonly string[];
  readonly flag: boolean;
  /** `null`: as configured for the installation. */
  readonly seconds: number | null;
}

/** And as they are kept. */
interface Kept extends Omit<Asked, 'prose' | 'link'> {
  readonly prose: string | null;
  readonly link: string | null;
}

export type ClientForm = { readonly [Name in FieldName]: Asked[KindOf<Name>] };
export type ClientColumns = { readonly [Name in FieldName]: Kept[KindOf<Name>] };

// The keys of an object literal are those of its type.
export const FIELD_NAMES = Object.keys(CLIENT_FIELDS) as readonly FieldName[];

export const fieldOf = (name: FieldName): ClientField => CLIENT_FIELDS[name];

export interface DescribedText extends TextField {
  readonly name: TextFieldName;
}

export const TEXT_FIELDS: readonly DescribedText[] = FIELD_NAMES.flatMap((name) => {
  const field = CLIENT_FIELDS[name];
  return isText(name) && (field.kind === 'prose' || field.kind === 'link')
    ? [{ ...field, name }]
    : [];
});

export function isText(name: FieldName): name is TextFieldName {
  const { kind } = CLIENT_FIELDS[name];
  return kind === 'prose' || kind === 'link';
}

/** A value for each field, by the function of its kind. */
export const mapFields = <Value>(
  valueOf: (name: FieldName, field: ClientField) => Value,
): Readonly<Record<FieldName, Value>> =>
  // One entry for each name.
  Object.fromEntries(
    FIELD_NAMES.map((name) => [name, valueOf(name, CLIENT_FIELDS[name])]),
  ) as Record<FieldName, Value>;

const NOTHING: Asked = {
  name: '',
  prose: '',
  link: '',
  uris: [],
  scopes: [],
  flag: false,
  seconds: null,
};

/** Of a client that says nothing. */
export const BLANK_FORM = mapFields((_name, { kind }) => NOTHING[kind]) as ClientForm;

/** The form that would leave the client as it is. */
export const formOfColumns = (columns: ClientColumns): ClientForm =>
  // Of texts alone null is another value: seconds have it in both.
  mapFields((name) => (isText(name) ? (columns[name] ?? '') : columns[name])) as ClientForm;

/** As it is kept: `arrange` puts scopes in their order. */
export const columnsOfForm = (
  form: ClientForm,
  arrange: (scopes: readonly string[]) => readonly string[],
): ClientColumns =>
  mapFields((name, { kind }) => {
    const value = form[name];
    if (typeof value === 'string') {
      const text = kind === 'link' ? value : value.trim();
      return kind === 'name' ? text : text || null;
    }
    if (typeof value !== 'object' || value === null) return value;
    return kind === 'scopes' ? arrange(value) : [...new Set(value)];
  }) as ClientColumns;

/** `isRefreshStrict`: is_refresh_strict. */
type ColumnOf<Name extends string> = Name extends `${infer Letter}${infer Rest}`
  ? `${Letter extends Lowercase<Letter> ? Letter : `_${Lowercase<Letter>}`}${ColumnOf<Rest>}`
  : Name;

// As the type above says.
export const columnOf = <Name extends FieldName>(name: Name): ColumnOf<Name> =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) as ColumnOf<Name>;

export const FIELD_COLUMNS: readonly ColumnOf<FieldName>[] = FIELD_NAMES.map(columnOf);

/** The columns of all texts that may be left out, emptied. */
export const NO_TEXTS = Object.fromEntries(
  TEXT_FIELDS.map(({ name }) => [columnOf(name), null]),
  // One entry for each text.
) as Readonly<Record<ColumnOf<TextFieldName>, null>>;
