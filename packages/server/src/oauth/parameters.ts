/**
 * Parameters of a request, read once. Never guesses between two values of one name: RFC 6749 sections 3.1 and 3.2 allow
 * each parameter once, and treat an empty one as absent.
 */
import { OAuthError } from './error.ts';
import { MOST_SCOPE_CHARACTERS } from '../catalogue/catalogue.ts';

/** As a parser found them: a repeated name has several values. */
export type RawParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

const MOST_CHARACTERS = 8192;
/** Every scope of the largest catalogue can be named. */
const MOST_FOR = new Map([['scope', MOST_SCOPE_CHARACTERS]]);

export class Parameters {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** Throws for a parameter that `names` lists and that is repeated or not text; whatever else was sent is ignored. */
  static read(raw: RawParameters, names: readonly string[]): Parameters {
    const values = new Map<string, string>();
    for (const name of names) {
      const value = valueOf(raw, name);
      if (value !== null) values.set(name, value);
    }
    return new Parameters(values);
  }

  /** Of a parameter that may be repeated; empty values count as absent. */
  static readAll(raw: RawParameters, name: string): readonly string[] {
    const sent = Object.hasOwn(raw, name) ? raw[name] : undefined;
    const values = [sent ?? []].flat();
    return values.filter((value) => valueOf({ [name]: value }, name) !== null);
  }

  get(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  require(name: string): string {
    const value = this.get(name);
    if (value === null) throw new OAuthError('missing_parameter', { parameter: name });
    return value;
  }
}

function valueOf(raw: RawParameters, parameter: string): string | null {
  const value = Object.hasOwn(raw, parameter) ? raw[parameter] : undefined;
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string') throw new OAuthError('repeated_parameter', { parameter });
  const most = MOST_FOR.get(parameter) ?? MOST_CHARACTERS;
  const isText = value.length <= most && !value.includes('\0') && value.isWellFormed();
  if (!isText) throw new OAuthError('malformed_parameter', { parameter });
  return value;
}
