import { html, type Html } from './html.ts';

/** How accounts are called that were made for a person. */
const OF_PERSON = /^(.*)'s account$/su;

/**
 * The name of an account. That of a person stands by itself in an English phrase: as one text, a name that is written from right to
 * left would turn the phrase round.
 */
export function accountNamed(name: string): Html {
  const person = OF_PERSON.exec(name)?.[1];
  return person === undefined
    ? html`<bdi>${name}</bdi>`
    : html`<bdi dir="ltr"><bdi>${person}</bdi>'s account</bdi>`;
}
