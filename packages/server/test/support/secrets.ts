/** Every secret that the visitors of a test gave or were given, so that any suite can ask whether one was kept somewhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type SecretKind = 'password' | 'cookie' | 'csrf token' | 'credential' | 'proof';

const PASSWORD_FIELDS: ReadonlySet<string> = new Set(['password', 'current_password']);
const CREDENTIAL = /\b[a-z]+_(?:pat|sat|oat|ort|cs|oac)_[0-9A-Za-z]{12}([0-9A-Za-z]{20,})/g;
const PROOF = /\bproof=([\w.-]{40,})/g;
const CSRF = /name="csrf" value="([^"]+)"/g;
/** Shorter values would be found by chance. */
const SHORTEST = 8;

export class Secrets {
  readonly #kinds = new Map<string, SecretKind>();

  note(kind: SecretKind, value: string): void {
    if (value.length >= SHORTEST) this.#kinds.set(value, kind);
  }

  noteFields(fields: URLSearchParams): void {
    for (const [name, value] of fields) {
      if (PASSWORD_FIELDS.has(name)) this.note('password', value);
      if (name === 'proof') this.note('proof', value);
    }
  }

  /** A page or message: what it shows once or carries in hidden fields. */
  noteText(text: string): void {
    for (const [value, secret = ''] of text.matchAll(CREDENTIAL)) {
      this.note('credential', value);
      // Without the id, which may be stored and shown.
      this.note('credential', secret);
    }
    for (const [, value = ''] of text.matchAll(PROOF)) this.note('proof', value);
    for (const [, value = ''] of text.matchAll(CSRF)) this.note('csrf token', value);
  }

  count(kind: SecretKind): number {
    return [...this.#kinds.values()].filter((one) => one === kind).length;
  }

  /** Kinds and values found in a text or in bytes, as they are or base64url-decoded. */
  foundIn(place: string | Buffer): readonly string[] {
    const bytes = typeof place === 'string' ? Buffer.from(place) : place;
    return [...this.#kinds]
      .filter(([value]) => formsOf(value).some((form) => bytes.includes(form)))
      .map(([value, kind]) => `${kind} ${value}`);
  }

  /** Where in the files of a folder, the database and its write-ahead log among them. */
  foundInFiles(directory: string): readonly string[] {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap((entry) => {
        const bytes = readFileSync(join(entry.parentPath, entry.name));
        return this.foundIn(bytes).map((found) => `${entry.name}: ${found}`);
      });
  }
}

/** A random value could also be kept as the bytes that it stands for. */
function formsOf(value: string): readonly Buffer[] {
  const decoded = /^[\w-]{43}$/.test(value) ? [Buffer.from(value, 'base64url')] : [];
  return [Buffer.from(value), Buffer.from(encodeURIComponent(value)), ...decoded];
}
