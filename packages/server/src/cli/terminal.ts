/**
 * What a command reads and writes. Records and new secrets go to standard output alone, everything said about them to
 * standard error. Nothing that other people typed reaches a terminal with control characters in it.
 */
import type { Readable, Writable } from 'node:stream';
import { shownText } from '../kit/stranger-text.ts';
import { Refused } from './refusal.ts';

export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: NodeJS.ProcessEnv;
  /** Where `gatehouse.yaml` is looked for. */
  readonly directory: string;
}

/** Resolves after the text is written, so that a secret is never believed to be where it is not. */
export const print = (terminal: Terminal, text: string): Promise<void> =>
  write(terminal, `${text}\n`);

export function write({ stdout }: Pick<Terminal, 'stdout'>, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(new Refused(`standard output cannot be written: ${error.message}`));
    });
  });
}

export function tell({ stderr }: Terminal, text: string): void {
  stderr.write(`${withoutSecrets(text)}\n`);
}

/** A host that does not answer holds a command up for ten seconds and more. */
export const sayWaiting = (terminal: Terminal, place: string): void =>
  tell(terminal, `waiting for the database at ${place}`);

/** Escaped beyond what JSON asks for: a terminal obeys C1 control characters too. */
export const printJson = (terminal: Terminal, value: unknown): Promise<void> =>
  print(terminal, seenInJson(JSON.stringify(value, null, 2)));

/** The same JSON, with what a terminal would obey instead of showing it written as escapes. */
export const seenInJson = (json: string): string =>
  json.replace(
    UNSEEN_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const UNSEEN_IN_JSON = /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu;

/** One line for a terminal: control characters and marks that turn the reading direction show as `�`. */
export const plain = (text: string): string =>
  shownText(text.toWellFormed()).replace(TURNS, '\ufffd');

/** Terminals isolate nothing, so that even harmless marks are shown; a cell is one line. */
const TURNS = /[\p{Bidi_Control}\t\n\r]/gu;

const CREDENTIAL = /\b([a-z][a-z0-9]{1,15}_(?:pat|sat|oat|ort|cs)_)[0-9A-Za-z]{12,}/g;
const VALUE_OF_OPTION = /'(--?\w[\w-]*)=.*'/gs;
/** `-psecret` as other programs take it. */
const VALUE_OF_LETTER = /'(-\w)\w.*'/gs;
/** To the last `@`: a password that was not percent-encoded may hold any character of a URL. */
const PASSWORD_IN_URL = /\/\/\S*@/g;

/** People put secrets where they do not belong: a message that repeats what they typed must not repeat those. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(CREDENTIAL, '$1…')
    .replace(VALUE_OF_OPTION, "'$1=…'")
    .replace(VALUE_OF_LETTER, "'$1…'")
    .replace(PASSWORD_IN_URL, '//…@');
