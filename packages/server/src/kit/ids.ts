import { randomUUID, randomUUIDv7 } from 'node:crypto';

/** A random UUID (version 4), for things whose age is nobody's business. */
export const newId = (): string => randomUUID();

let lastMilliseconds = 0;
let sequence = 0;

/**
 * A UUID that sorts by the time it was made (version 7), for logs and queues. Those of one process sort in the order in
 * which they were made, also within a millisecond (RFC 9562, section 6.2, method 1).
 */
export function newOrderedId(): string {
  const fresh = randomUUIDv7();
  const milliseconds = Math.max(
    lastMilliseconds,
    Number.parseInt(fresh.slice(0, 8) + fresh.slice(9, 13), 16),
  );
  sequence = milliseconds === lastMilliseconds ? sequence + 1 : 0;
  // The twelve bits between time and randomness are full; the time is then a little ahead.
  const isFull = sequence > 0xfff;
  if (isFull) sequence = 0;
  lastMilliseconds = isFull ? milliseconds + 1 : milliseconds;
  const time = lastMilliseconds.toString(16).padStart(12, '0');
  const order = sequence.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${order}${fresh.slice(18)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);
