/** Loaded before the server by `--import`: each signal makes one failure that no code handles, or says how many were counted. */
import { createServer } from 'node:net';

const FAILURES: Readonly<Record<string, () => void>> = {
  SIGUSR2: () => {
    // oxlint-disable-next-line typescript/no-floating-promises -- this one is the fault
    Promise.reject(new Error('nobody waits for this'));
  },
  SIGHUP: () => {
    throw new Error('nobody catches this');
  },
  SIGWINCH: () => {
    // As a socket without a listener for errors does when its peer resets it.
    const error = Object.assign(new Error('read ECONNRESET'), {
      syscall: 'read',
      code: 'ECONNRESET',
    });
    createServer().emit('error', error);
  },
};

for (const [signal, fail] of Object.entries(FAILURES)) {
  process.on(signal, () => setImmediate(fail));
}
