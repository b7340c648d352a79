/** The database answers, and its schema or search_path must be mended first; the message says how. */
export class UnsafeSchema extends Error {
  override readonly name = 'UnsafeSchema';
}
