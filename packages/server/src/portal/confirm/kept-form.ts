/**
 * A form that was sent and cannot be carried out yet, sealed into the page that says what has to come first. Only the server
 * can read or make one. It holds for one person and for an hour; in the session in which that person sent it, it can be
 * carried out.
 */
import { text } from '../../http/form.ts';
import { unsealBy, type DerivedKeys } from '../../keys/keys.ts';
import { hours, isWithin } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { seal } from '../../kit/seal.ts';
import type { PortalContext } from '../portal-context.ts';
import type { Visit } from '../visit.ts';

export const KEPT_SECONDS = hours(1);

export interface KeptForm extends Pick<Visit, 'params' | 'query' | 'form' | 'search' | 'returnTo'> {
  /** Claimed when it is carried out, so that it is carried out once. */
  readonly id: string;
  readonly userId: string;
  /** The session whose person sent it; in another session of the same person it has to be sent again. */
  readonly sessionId: string | null;
  /** The path of the route, as it stands in the table. */
  readonly route: string;
  readonly keptAt: number;
}

interface Keeping {
  readonly userId: string;
  readonly sessionId: string | null;
  readonly route: string;
  readonly visit: Pick<Visit, 'params' | 'query' | 'form' | 'search' | 'returnTo'>;
}

/** What belongs to the page and not to what its person filled in; and passwords, which are typed again. */
const NOT_KEPT = /^csrf$|password/;

export function toKept({ visit, ...whose }: Keeping, now: number): KeptForm {
  const { params, query, search, returnTo } = visit;
  const form = Object.fromEntries(
    Object.entries(visit.form).filter(([name]) => !NOT_KEPT.test(name)),
  );
  return { ...whose, params, query, search, returnTo, form, id: newId(), keptAt: now };
}

export const sealKept = ({ current }: DerivedKeys, kept: KeptForm): string =>
  seal(current, JSON.stringify(kept));

/** `null` when it was not sealed here, or is too old. */
export function openKept(keys: DerivedKeys, sealed: string, now: number): KeptForm | null {
  const text = unsealBy(keys, sealed);
  if (text === null) return null;
  // Sealed by `sealKept` and by nobody else, so that it has the type that was given.
  const kept = JSON.parse(text) as KeptForm;
  return isWithin(kept.keptAt, KEPT_SECONDS - 1, now) ? kept : null;
}

export const endOfKept = ({ keptAt }: KeptForm): number => keptAt + KEPT_SECONDS;

/** Base64url and JSON make a form longer, by less than this. */
const GROWTH = 3;
const OTHER_FIELDS_BYTES = 8192;

/** For routes whose forms carry a kept one. */
export const mostBytesWithKept = ({ bodyLimitBytes }: Limits): number =>
  GROWTH * bodyLimitBytes() + OTHER_FIELDS_BYTES;

/** What a form carries, still sealed; empty when it carries none. */
export const readSealed = (limits: Limits, form: unknown): string =>
  text(form, 'kept', { max: mostBytesWithKept(limits) });

type Limits = Pick<PortalContext, 'bodyLimitBytes'>;
