/**
 * The last error of a message in the outbox that cannot be read. Such a message is kept for a while for the operator to look
 * at, then deleted, unlike others that were given up.
 */
export const UNREADABLE = 'The message cannot be read.';
