/** Why a command ends without having done its work. The exit code tells scripts whose turn it is. */
import { StorageUnavailable } from '../storage/unavailable.ts';

export const EXIT = { done: 0, refused: 1, misused: 2 } as const;

/** The command was understood and cannot be done: the message says why, for people. */
export class Refused extends Error {
  readonly exitCode: number = EXIT.refused;
}

/** The command was called in a way that never works. */
export class Misused extends Refused {
  override readonly exitCode = EXIT.misused;
}

/** What is wrong with the fields of a form, under the names that the command line has for them. */
export function refuseFields(
  errors: Readonly<Record<string, string>>,
  names: Readonly<Record<string, string>>,
): never {
  const lines = Object.entries(errors).map(
    ([field, error]) => `${Object.hasOwn(names, field) ? names[field] : field}: ${error}`,
  );
  throw new Refused(lines.join('\n'));
}

/** Everything was said already. */
export class Silent extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super();
    this.exitCode = exitCode;
  }
}

/** A host with several addresses fails with several errors and no message of its own. */
export function lineOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(lineOf).join('; ');
  }
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split('\n')[0] ?? text;
}

/** What ended a command, with the part that failed: a driver says that a connection was refused, and not by whom. */
export const failureLine = (error: unknown): string =>
  error instanceof StorageUnavailable
    ? `the database cannot be used now: ${lineOf(error)}`
    : lineOf(error);
