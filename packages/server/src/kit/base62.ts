/** Base62 with the digits first, then upper case, then lower case: the order sorts like ASCII. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The largest multiple of 62 in a byte; bytes at or above it are thrown away so that every digit is equally likely. */
const FAIR_LIMIT = 248;

export const BASE62_BITS_PER_DIGIT = Math.log2(62);

/** Writes a non-negative integer below 2^53 as exactly `width` base62 digits. */
export function encodeBase62(value: number, width: number): string {
  let text = '';
  let rest = value;
  for (let place = 0; place < width; place++) {
    text = DIGITS.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;

/** The number that base62 digits write; `NaN` when one of them is none. Exact below 2^53. */
export function decodeBase62(digits: string): number {
  let value = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = VALUES[digits.charCodeAt(place)] ?? -1;
    if (digit < 0) return Number.NaN;
    value = value * 62 + digit;
  }
  return value;
}

/** Draws `length` uniformly distributed base62 digits from `randomBytes`. */
export function randomBase62(length: number, randomBytes: (size: number) => Uint8Array): string {
  let text = '';
  while (text.length < length) {
    const bytes = randomBytes(length);
    for (let at = 0; at < bytes.length && text.length < length; at++) {
      const byte = bytes[at] ?? FAIR_LIMIT;
      if (byte < FAIR_LIMIT) text += DIGITS.charAt(byte % 62);
    }
  }
  return text;
}
