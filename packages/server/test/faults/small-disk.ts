/** A file system without room to spare, where one can be mounted. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A file system of so many bytes, or `null` where nobody may mount one. */
export async function mountSmall(context: TestContext, size: string): Promise<string | null> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-small-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory]);
  context.after(async () => {
    if (status === 0) spawnSync('umount', ['--lazy', directory]);
    await rm(directory, { recursive: true, force: true });
  });
  if (status !== 0) context.skip('no file system can be mounted here');
  return status === 0 ? directory : null;
}

/** Takes every byte that is left; answers what gives them back. */
export async function takeAll(directory: string): Promise<() => Promise<void>> {
  const ballast = join(directory, 'ballast');
  const { bavail, bsize } = await statfs(directory);
  await writeFile(ballast, Buffer.alloc(bavail * bsize));
  return () => rm(ballast);
}
