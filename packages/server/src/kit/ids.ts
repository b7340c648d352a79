import { randomUUID, randomUUIDv7 } from 'node:crypto';

/** A random UUID (version 4), for things whose age is nobody's business. */
export const newId = (): string => randomUUID();

/** A UUID that sorts by the time it was made (version 7), for logs and queues. */
export const newOrderedId = (): string => randomUUIDv7();

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);
