/**
 * SQLite on a full disk. A write that ends access is done with the room of the reserve; from then on every other write is refused
 * until the reserve is made again, so that none of them takes that room.
 */
import type { DatabaseSync } from 'node:sqlite';
import { ORDINARY, type WriteOptions } from '../kit/urgency.ts';
import type { GroupCommit } from './group-commit.ts';
import { assertRoom, emptyReserve, makeReserve } from './reserve.ts';
import { DiskFull, isWriteFault } from './unavailable.ts';
import { createWriteFaults, type WriteFaults } from './write-fault.ts';

export interface RoomKeeper {
  readonly faults: WriteFaults;
  write<Result>(work: () => Promise<Result>, options?: WriteOptions): Promise<Result>;
  /** Makes the reserve where it is missing, and tries whether writes work again. Throws while they do not. */
  keepRoom(): Promise<void>;
}

export interface ModuleOptions {
  readonly dataDirectory: string;
  /** Size of the reserve; 0: none. */
  readonly reserveBytes: number;
}

export function createRoomKeeper(
  { dataDirectory, reserveBytes }: ModuleOptions,
  { group, writer }: { readonly group: GroupCommit; readonly writer: DatabaseSync },
): RoomKeeper {
  const faults = createWriteFaults();
  /** Whether the room of the reserve is being used up. */
  let isInUse = false;

  async function writeUrgently<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await group.run(work);
    } catch (error) {
      faults.note(error);
      if (!(error instanceof DiskFull)) throw error;
    }
    // Before the room is there: none of those that wait may take it.
    isInUse = reserveBytes > 0;
    emptyReserve(dataDirectory);
    return group.runAlone(work);
  }

  async function writeOrdinarily<Result>(work: () => Promise<Result>): Promise<Result> {
    if (isInUse) throw refusal();
    try {
      return await group.run(() => (isInUse ? Promise.reject(refusal()) : work()));
    } catch (error) {
      faults.note(error);
      throw error;
    }
  }

  const refusal = (): DiskFull =>
    new DiskFull('the disk is full; only what ends access is written until there is room', {
      cause: faults.current(),
    });

  async function tryRoom(): Promise<void> {
    try {
      await makeReserve(dataDirectory, reserveBytes);
      if (faults.current() !== null) {
        await assertRoom(dataDirectory);
        await group.runAlone(async () => rewriteHeader(writer));
      }
    } catch (error) {
      if (isWriteFault(error)) faults.note(error);
      if (error instanceof DiskFull) isInUse = reserveBytes > 0;
      throw error;
    }
    isInUse = false;
    faults.clear();
  }

  /** Two at a time would both make the reserve. */
  let trying: Promise<void> | null = null;
  const keepRoom = (): Promise<void> => {
    trying ??= tryRoom().finally(() => {
      trying = null;
    });
    return trying;
  };

  return {
    faults,
    write: (work, { isUrgent } = ORDINARY) =>
      isUrgent ? writeUrgently(work) : writeOrdinarily(work),
    keepRoom,
  };
}

/** Writes the first page as it is. */
function rewriteHeader(writer: DatabaseSync): void {
  const version = Number(writer.prepare('pragma user_version').get()?.['user_version'] ?? 0);
  writer.exec(`pragma user_version = ${version}`);
}
