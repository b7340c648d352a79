/** Names that somebody mistyped. */

/** The one of `names` that was probably meant. */
export function closest(name: string, names: Iterable<string>): string | null {
  const best = [...names]
    .map((candidate) => ({ candidate, distance: distanceBetween(name, candidate) }))
    .sort((left, right) => left.distance - right.distance)[0];
  const farthest = Math.max(2, Math.floor(name.length / 3));
  return best !== undefined && best.distance <= farthest ? best.candidate : null;
}

export function didYouMean(name: string, names: Iterable<string>): string {
  const meant = closest(name, names);
  return meant === null ? '' : `; did you mean ${meant}?`;
}

/** Levenshtein's distance, one row at a time. Names are cut: nobody mistypes a hundred letters. */
function distanceBetween(left: string, right: string): number {
  const [from, to] = [left.slice(0, 100), right.slice(0, 100)];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
