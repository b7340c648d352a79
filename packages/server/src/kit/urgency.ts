/** Which writes may use the room that is reserved for a full disk. */
export interface WriteOptions {
  /** The write ends access. On a full disk it uses the reserve; every other write is refused. */
  readonly isUrgent: boolean;
}

/** Stores that can be written together. */
export interface Transactions<Stores> {
  /** All or nothing, durable when it resolves. The work must wait for nothing but the stores it is given. */
  transaction<Result>(
    work: (stores: Stores) => Promise<Result>,
    options?: WriteOptions,
  ): Promise<Result>;
}

/** For writes that end access: revoking, disabling, suspending, deleting, signing out. */
export const URGENT: WriteOptions = { isUrgent: true };
export const ORDINARY: WriteOptions = { isUrgent: false };

/** For acts of which one direction ends access and the other gives it back. */
export const urgentIf = (endsAccess: boolean): WriteOptions => (endsAccess ? URGENT : ORDINARY);
