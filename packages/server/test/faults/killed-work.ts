/** Jobs in a process of their own that is ended without warning. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('work-when-told.ts', import.meta.url));

export interface KilledWork {
  readonly job: 'erase-people' | 'end-grants';
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Resolves when the process is to be killed. */
  readonly moment: () => Promise<unknown>;
}

/** Runs the job, kills it at the given moment, and says whether it ended by itself before. */
export async function killWork({ job, directory, env, moment }: KilledWork): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM, job], { cwd: directory, env });
  const exited = once(child, 'exit');
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await Promise.race([once(child.stdout, 'data'), exited]);
  child.stdin.write('go\n');
  const isOver = await Promise.race([exited.then(() => true), moment().then(() => false)]);
  child.kill('SIGKILL');
  await exited;
  assert.equal(errors, '');
  assert.ok(!isOver || child.exitCode === 0, 'it fails only when it is killed');
  return isOver;
}
