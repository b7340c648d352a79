/**
 * Thrown by any module when it cannot do the work at this moment and nothing was changed: the sender may try again.
 * The message is for the log; people are told no more than that.
 */
export interface TemporaryFailure extends Error {
  readonly isTemporary: true;
  /** Whether anything was changed is not known. */
  readonly isUncertain?: true;
}

export const isTemporary = (error: unknown): error is TemporaryFailure =>
  error instanceof Error && 'isTemporary' in error && error.isTemporary === true;

/** The process takes no more work. */
export class ShuttingDown extends Error {
  readonly isTemporary = true as const;

  constructor() {
    super('the server is shutting down');
    this.name = 'ShuttingDown';
  }
}
