/**
 * Whether a name passes for another one. Compared are skeletons: compatibility forms folded, accents, case, spaces, punctuation
 * and everything invisible dropped, and the letters of other scripts that look like Latin ones replaced by those. A part of
 * the data of UTS #39: Cyrillic, Greek, Armenian and the figures, which is what names of brands in Latin letters are imitated with.
 */
const LATIN: Readonly<Record<string, string>> = {
  a: 'аαɑ',
  b: 'ьвƅ',
  c: 'сϲ',
  d: 'ԁժ',
  e: 'еєε',
  f: 'ƒ',
  g: 'ɡց',
  h: 'һհн',
  i: 'іιıɩ1lǀ|!',
  j: 'јϳ',
  k: 'кκ',
  m: 'мϻ',
  n: 'ոռηп',
  o: 'оοօσ0',
  p: 'рρ',
  q: 'ԛզ',
  r: 'гг',
  s: 'ѕʂ5$',
  t: 'тτ',
  u: 'սυʋ',
  v: 'ѵν',
  w: 'ԝωшա',
  x: 'хχ',
  y: 'уγүყ',
  z: 'ʐ',
};

/** Looked at before case is folded: the small letters of these look like others, or like none. */
const CAPITALS: ReadonlyMap<string, string> = pairs({
  a: 'ΑА',
  b: 'ΒВ',
  c: 'СϹ',
  e: 'ΕЕ',
  h: 'ΗН',
  i: 'ΙІӀ',
  j: 'Ј',
  k: 'ΚК',
  m: 'ΜМ',
  n: 'Ν',
  o: 'ΟО',
  p: 'ΡР',
  s: 'Ѕ',
  t: 'ΤТ',
  x: 'ΧХ',
  y: 'ΥУҮ',
  z: 'Ζ',
});

const LOOKS_LIKE: ReadonlyMap<string, string> = pairs(LATIN);

function pairs(table: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(table).flatMap(([latin, others]) =>
      Array.from(others, (other) => [other, latin] as const),
    ),
  );
}

const replaceBy = (text: string, table: ReadonlyMap<string, string>): string =>
  Array.from(text, (character) => table.get(character) ?? character).join('');

export function skeletonOf(text: string): string {
  const seen = text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  const small = replaceBy(seen, CAPITALS).toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
  return replaceBy(small, LOOKS_LIKE)
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

/** `false` when there is nothing to compare, so that a brand of signs alone forbids no names. */
export function looksLike(name: string, other: string): boolean {
  const skeleton = skeletonOf(other);
  return skeleton !== '' && skeletonOf(name) === skeleton;
}
