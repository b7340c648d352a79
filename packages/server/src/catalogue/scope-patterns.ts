/** Which scopes a pattern such as `*`, `*.read` or `asset.*` names. Without `*` it names itself alone. */
export function matchScopes(pattern: string, names: readonly string[]): readonly string[] {
  if (!pattern.includes('*')) return names.filter((name) => name === pattern);
  return names.filter((name) => matches(pattern.split('*'), name));
}

/** `parts` are the texts between the stars; scanning for each in turn cannot blow up as a regular expression might. */
function matches(parts: readonly string[], name: string): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  if (name.length < first.length + last.length) return false;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
