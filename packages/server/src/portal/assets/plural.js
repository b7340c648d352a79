/** "1 scope", "2 scopes". */
export const countOf = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;
