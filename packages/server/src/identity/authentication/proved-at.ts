import type { Session } from '../types.ts';

/**
 * When the person of a session last proved who they are, whichever way; 0: never. A proof from the future is of a
 * clock that was wrong, and does not count.
 */
export const lastProvedAt = ({ amr }: Pick<Session, 'amr'>, now: number): number =>
  Math.max(0, ...Object.values(amr).filter((at) => at <= now));
