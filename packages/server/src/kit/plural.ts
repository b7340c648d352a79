/** The one way in which things are counted in words. */

/** "1 scope", "2 scopes". `plural` where it is not the noun and an s. */
export const countOf = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${nounFor(count, noun, plural)}`;

/** What goes with the number: a noun, a verb, a pronoun. */
export const nounFor = (count: number, one: string, several: string): string =>
  count === 1 ? one : several;
