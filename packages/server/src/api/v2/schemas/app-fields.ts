/** What an app says of itself, as the API shows and takes it: made of its description (`oauth/clients/fields.ts`). */
import { Type, type Static, type TSchema } from 'typebox';
import { LONGEST_SCOPE, MOST_SCOPES } from '../../../catalogue/catalogue.ts';
import {
  BLANK_FORM,
  CLIENT_FIELDS,
  columnsOfForm,
  fieldOf,
  FIELD_NAMES,
  isText,
  type ClientColumns,
  type ClientForm,
  type FieldKind,
  type FieldName,
} from '../../../oauth/clients/fields.ts';
import { Flag, Text, TextOrNull, Texts } from './shapes.ts';

const SECONDS = 'null: as configured for the installation.';
const secondsOrNull = (description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], description });

const SHOWN = {
  name: Text,
  prose: TextOrNull,
  link: TextOrNull,
  uris: Texts,
  scopes: Texts,
  flag: Flag,
  seconds: secondsOrNull(`Seconds; ${SECONDS}`),
} as const satisfies Record<FieldKind, TSchema>;

const LineOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 2000 });

const TAKEN = {
  name: Type.String({ maxLength: 2000 }),
  prose: LineOrNull,
  link: LineOrNull,
  uris: Type.Array(Type.String({ maxLength: 4000 }), { maxItems: 100 }),
  scopes: Type.Array(Type.String({ maxLength: LONGEST_SCOPE }), { maxItems: MOST_SCOPES }),
  flag: Type.Boolean(),
  seconds: secondsOrNull(SECONDS),
} as const satisfies Record<FieldKind, TSchema>;

type Fields = typeof CLIENT_FIELDS;
type Wires = { [Name in FieldName as Fields[Name]['wire']]: Fields[Name]['kind'] };
type Shown = { [Wire in keyof Wires]: (typeof SHOWN)[Wires[Wire]] };
type Taken = { [Wire in keyof Wires]: (typeof TAKEN)[Wires[Wire]] };

/** Something for each field, by its name on the wire. */
const byWire = <Value>(valueOf: (name: FieldName) => Value): Readonly<Record<string, Value>> =>
  Object.fromEntries(
    FIELD_NAMES.map((name): readonly [string, Value] => [fieldOf(name).wire, valueOf(name)]),
  );

// One entry for each field, as the types above say.
export const saidFields = byWire((name) => SHOWN[fieldOf(name).kind]) as Shown;

export const takenFields = byWire((name): TSchema => {
  const { kind, says } = fieldOf(name);
  return says === undefined ? TAKEN[kind] : { ...TAKEN[kind], description: says };
}) as Taken;

type Said = { readonly [Wire in keyof Shown]: Static<Shown[Wire]> };

export const showSaid = (app: ClientColumns): Said => byWire((name) => app[name]) as Said;

/** Of the document's examples. */
export function exampleOfSaid(): Readonly<Record<string, unknown>> {
  const blank = columnsOfForm(BLANK_FORM, (scopes) => scopes);
  return byWire((name) => fieldOf(name).example ?? blank[name]);
}

/** What the body leaves out is left out here too; a text that is null is empty. */
export function changesOfBody(
  body: Readonly<Partial<Record<keyof Taken, unknown>>>,
): Partial<ClientForm> {
  const given = FIELD_NAMES.flatMap((name): readonly (readonly [string, unknown])[] => {
    const value = body[CLIENT_FIELDS[name].wire];
    return value === undefined ? [] : [[name, isText(name) ? (value ?? '') : value]];
  });
  // The values were checked against the schemas above.
  return Object.fromEntries(given);
}
