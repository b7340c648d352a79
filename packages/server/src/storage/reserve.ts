/**
 * A file beside the SQLite database that keeps room on its disk. It is emptied when the disk is full, so that what ends access can
 * still be written. Every process of the installation may empty it; the server alone makes it. Holds no data.
 */
import { statSync, truncateSync } from 'node:fs';
import { chmod, open, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '../kit/random.ts';
import { DiskFull } from './unavailable.ts';

export const reserveFile = (dataDirectory: string): string => join(dataDirectory, 'reserve');
/** Where the first one is written, so that an empty reserve is always one that was used up. */
const unfinishedFile = (dataDirectory: string): string => join(dataDirectory, 'reserve.new');

/** A disk with less free bytes than this counts as full. */
export const LEAST_FREE_BYTES = 1 << 20;
/** The reserve takes at most this part of what is free. */
const SHARE = 8;
const PIECE_BYTES = 1 << 20;

/** Bytes; `null`: there is no such file. */
export const reserveSize = (dataDirectory: string): number | null =>
  statSync(reserveFile(dataDirectory), { throwIfNoEntry: false })?.size ?? null;

/** Gives the room back to the disk. Needs none itself. */
export function emptyReserve(dataDirectory: string): void {
  if ((reserveSize(dataDirectory) ?? 0) > 0) truncateSync(reserveFile(dataDirectory));
}

/** Bytes that are free for this process. */
export async function freeBytes(dataDirectory: string): Promise<number> {
  const { bavail, bsize } = await statfs(dataDirectory);
  return bavail * bsize;
}

export async function assertRoom(dataDirectory: string): Promise<void> {
  const free = await freeBytes(dataDirectory);
  if (free < LEAST_FREE_BYTES) throw new DiskFull(`only ${free} bytes are free on the disk`);
}

/** Makes the file, or makes it larger when more room is free now. Throws `DiskFull` where there is no reserve and no room for one. */
export async function makeReserve(dataDirectory: string, mostBytes: number): Promise<void> {
  const file = reserveFile(dataDirectory);
  const present = reserveSize(dataDirectory);
  const size = present ?? 0;
  await rm(unfinishedFile(dataDirectory), { force: true });
  if (mostBytes === 0) return rm(file, { force: true });
  if (size > mostBytes) return truncateSync(file, mostBytes);
  if (size === 0) await assertRoom(dataDirectory);
  const room = size + (await freeBytes(dataDirectory));
  const wanted = Math.min(mostBytes, Math.floor(room / SHARE));
  // Not for every few bytes that come free.
  if (wanted === mostBytes ? size >= wanted : size * 2 > wanted) return;
  if (present === null) await createWhole(dataDirectory, wanted);
  else await lengthen(file, { from: size, to: wanted });
}

async function createWhole(dataDirectory: string, bytes: number): Promise<void> {
  const unfinished = unfinishedFile(dataDirectory);
  await lengthen(unfinished, { from: 0, to: bytes });
  await rename(unfinished, reserveFile(dataDirectory));
}

/** With random bytes: a file system that compresses, or leaves zeros out, would keep no room for others. */
async function lengthen(file: string, { from, to }: { from: number; to: number }): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  try {
    for (let at = from; at < to; at += PIECE_BYTES)
      await handle.appendFile(randomBytes(Math.min(PIECE_BYTES, to - at)));
    await handle.sync();
    await chmod(file, 0o600);
  } catch (error) {
    await handle.truncate(from);
    throw isFull(error) ? new DiskFull('the reserve does not fit', { cause: error }) : error;
  } finally {
    await handle.close();
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(ENOSPC|EDQUOT)$/.test(String(error.code));
