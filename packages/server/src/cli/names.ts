/** Scopes as people type them: separated by spaces or commas. */
export const readNames = (text: string): readonly string[] =>
  text.split(/[\s,]+/).filter((name) => name !== '');
