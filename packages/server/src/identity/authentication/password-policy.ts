/** Which passwords are accepted: 10 to 256 characters and not easy to guess. No rules about digits or symbols (NIST SP 800-63B section 3.1.1.2). */

export const MIN_PASSWORD_LENGTH = 10;
export const MAX_PASSWORD_LENGTH = 256;

/**
 * zxcvbn takes more than linear time, on the event loop: some 60 ms for 64 characters chosen for it, under 20 for 32.
 * Guessability is decided by the first characters all the same.
 */
const JUDGED_LENGTH = 32;
/** Of a name or an address. */
const JUDGED_KNOWN_LENGTH = 100;
/** zxcvbn's scale: 0 and 1 fall to an online attack. */
const LOWEST_SCORE = 2;

type Judge = (password: string, known: readonly string[]) => number;

let judge: Promise<Judge> | undefined;

/** The dictionaries are large; they are loaded with the first password that needs them. */
async function loadJudge(): Promise<Judge> {
  const [{ ZxcvbnFactory }, common] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const factory = new ZxcvbnFactory({
    dictionary: common.dictionary,
    graphs: common.adjacencyGraphs,
  });
  return (password, known) => factory.check(password, [...known]).score;
}

/** Answers what is wrong, in words for the person, or `null`. `known` are the name and address, which make weak passwords. */
export async function faultOfPassword(
  typed: string,
  known: readonly string[],
): Promise<string | null> {
  // Judged as it is hashed, so that characters which melt into one do not count as several.
  const password = typed.normalize('NFKC');
  const length = Array.from(password).length;
  if (length < MIN_PASSWORD_LENGTH) return `Use at least ${MIN_PASSWORD_LENGTH} characters.`;
  if (length > MAX_PASSWORD_LENGTH) return `Use at most ${MAX_PASSWORD_LENGTH} characters.`;
  judge ??= loadJudge();
  const score = (await judge)(
    password.slice(0, JUDGED_LENGTH),
    known.map((text) => text.slice(0, JUDGED_KNOWN_LENGTH)),
  );
  if (score >= LOWEST_SCORE) return null;
  return 'This password is easy to guess. Try a few unrelated words.';
}
