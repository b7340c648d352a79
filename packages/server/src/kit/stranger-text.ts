/**
 * The one rule for text that one person types and another reads: names, descriptions, profiles. Owns what is refused when it
 * is written, and how what is older than the rule, or was never asked (a user agent), is shown. Never changes what is stored.
 */
import { looksLike } from './look-alikes.ts';

interface Rule {
  /** In graphemes: what people count as characters. */
  readonly most: number;
  /** Whether it may be left out. */
  readonly optional?: true;
  /** Read where the site itself could be speaking: nobody may call themselves or their app what the site is called. */
  readonly isIdentity?: true;
  /** May have lines, and the marks that keep punctuation in place in Hebrew, Arabic and Persian sentences. */
  readonly isProse?: true;
}

/** Every text of strangers that is stored. */
export const STRANGERS_TEXT = {
  'person name': { most: 100, isIdentity: true },
  'person location': { most: 100, optional: true, isProse: true },
  'person bio': { most: 500, optional: true, isProse: true },
  'app name': { most: 60, isIdentity: true },
  'app description': { most: 500, optional: true, isProse: true },
  'token description': { most: 200, isProse: true },
} as const satisfies Readonly<Record<string, Rule>>;

export type StrangersText = keyof typeof STRANGERS_TEXT;

/** A family emoji with skin tones is 25 code units; this many on the average are room for every script. */
const UNITS_PER_GRAPHEME = 30;
/** What a field of a page takes at most: browsers count code units. */
export const mostUnits = (kind: StrangersText): number =>
  STRANGERS_TEXT[kind].most * UNITS_PER_GRAPHEME;

/** Vietnamese needs 2, pointed Hebrew 4, Tibetan and Burmese 5; stacks beyond that cover what is around them. */
const MOST_MARKS = 6;
const TALL = new RegExp(`\\p{M}{${MOST_MARKS + 1}}`, 'u');

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\ufff9-\ufffc\p{Cs}]/u;
const CONTROL_IN_PROSE =
  /(?![\t\n\r])[\p{Cc}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\ufff9-\ufffc\p{Cs}]/u;
const VISIBLE = /(?!\u2800)[\p{L}\p{N}\p{S}]/u;
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;

/** Scripts whose letters join or form clusters: RFC 5892 appendix A allows joiners in them. */
const JOINING =
  'Arab Syrc Mong Nkoo Mand Adlm Rohg Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt'
    .split(' ')
    .map((script) => `\\p{Script_Extensions=${script}}`)
    .join('');
/** What looks like nothing alone and belongs where it stands: joiners, variation selectors, the tags of flags. */
const BELONGING = [
  `(?<=[${JOINING}])[\\u200c\\u200d]`,
  '(?<=\\p{Extended_Pictographic}\\ufe0f?\\p{Emoji_Modifier}?)\\u200d(?=\\p{Extended_Pictographic})',
  '(?<=[\\p{Emoji}\\p{S}])[\\ufe0e\\ufe0f]',
  '(?<=\\p{Script=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
  '(?<=\\p{Script=Mongolian})[\\u180b-\\u180d\\u180f]',
  '(?<=\\u{1f3f4})[\\u{e0020}-\\u{e007e}]+\\u{e007f}',
].join('|');
const BELONGS = new RegExp(BELONGING, 'gu');
/** Left-to-right, right-to-left and Arabic letter mark: they turn nothing around but themselves. */
const MARKS = /[\u200e\u200f\u061c]/g;

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** What is wrong with a text, in words for whoever typed it; `null` when nothing is. Trimmed first. */
export function faultOfText(kind: StrangersText, typed: string): string | null {
  const rule: Rule = STRANGERS_TEXT[kind];
  const text = typed.trim();
  if (text === '') return rule.optional === true ? null : 'Fill this in.';
  // Bounded before anything is counted, so that nobody makes counting cost.
  if (text.length > rule.most * UNITS_PER_GRAPHEME) return tooLong(rule);
  const control = (rule.isProse === true ? CONTROL_IN_PROSE : CONTROL).exec(text)?.[0];
  if (control !== undefined) return `Leave out the control character ${codeOf(control)}.`;
  const bare = withoutHarmless(text, rule);
  const hidden = IGNORABLE.exec(bare)?.[0];
  if (hidden !== undefined) return `Leave out the invisible character ${codeOf(hidden)}.`;
  if (!VISIBLE.test(text)) return 'Use at least one letter, number or symbol.';
  if (TALL.test(bare.normalize('NFD'))) return `Use at most ${MOST_MARKS} accents on a letter.`;
  return graphemesIn(text, rule.most) > rule.most ? tooLong(rule) : null;
}

/** The same, and whether it passes for the site. For fields that are an identity. */
export function faultOfIdentity(
  kind: StrangersText,
  typed: string,
  brandName: string,
): string | null {
  const rule: Rule = STRANGERS_TEXT[kind];
  const fault = faultOfText(kind, typed);
  if (fault !== null || rule.isIdentity !== true) return fault;
  return looksLike(typed, brandName)
    ? 'This is what this site is called, or looks like it. Choose another name.'
    : null;
}

const tooLong = ({ most }: Rule): string => `Use at most ${most} characters.`;

/** In this order: what belongs is judged by what it follows, and that may be a mark. */
function withoutHarmless(text: string, { isProse }: Rule): string {
  const rest = text.replace(BELONGS, '');
  return isProse === true ? rest.replace(MARKS, '') : rest;
}

/** Stops counting just beyond `most`. */
function graphemesIn(text: string, most: number): number {
  let count = 0;
  for (const _ of GRAPHEMES.segment(text)) if (++count > most) break;
  return count;
}

const ISOLATES = /[\u2066-\u2069]/;
const OPENING = /[\u2066-\u2068]/;
/** Embeddings and overrides: they reorder what follows them and are needed by nobody since isolates exist. */
const OVERRIDES = '[\\u202a-\\u202e]';
const UNSEEN = new RegExp(
  `(?:${BELONGING}|[\\u200e\\u200f\\u061c\\u2066-\\u2069])|((?![\\t\\n\\r])[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}]|\\p{Default_Ignorable_Code_Point}|${OVERRIDES})`,
  'gu',
);

/**
 * What is shown of a text that may break the rule: everything hidden in it as `�`, isolates only in pairs. Texts that keep it
 * come back as they are.
 */
export function shownText(text: string): string {
  const seen = text.replace(UNSEEN, (all, hidden: string | undefined) =>
    hidden === undefined ? all : '\ufffd',
  );
  return ISOLATES.test(seen) && !isBalanced(seen)
    ? seen.replace(/[\u2066-\u2069]/g, '\ufffd')
    : seen;
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (OPENING.test(character)) depth++;
    else if (character === '\u2069' && --depth < 0) return false;
  }
  return depth === 0;
}

/** Letters that run from right to left, and the marks: only what has one can disturb the order of what is around it. */
const TURNING =
  /[\u0590-\u08ff\u200e\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

export const canDisturbOrder = (text: string): boolean => TURNING.test(text);

/** For plain text (titles, attributes, messages): kept apart from the words around it (UAX #9, FSI and PDI). */
export function isolated(text: string): string {
  const shown = shownText(text);
  return canDisturbOrder(shown) ? `\u2068${shown}\u2069` : shown;
}
