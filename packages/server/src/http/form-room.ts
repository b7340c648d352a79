/** What forms that name every scope of the catalogue need beyond the usual limits. */
export interface FormRoom {
  readonly fields: number;
  readonly bytes: number;
}

export const NO_MORE: FormRoom = { fields: 0, bytes: 0 };

/** `&scope.` before a name and `=required` after it. */
const BYTES_AROUND = 20;

/** A field for each scope, and one for each category, of which there are no more. */
export const roomForNames = (names: readonly string[]): FormRoom => ({
  fields: 2 * names.length,
  bytes: names.reduce((sum, name) => sum + encodeURIComponent(name).length + BYTES_AROUND, 0),
});
