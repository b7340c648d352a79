/** A process that opens the data and does one job, the one that its argument names, when it is told to. */
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { endGrants } from '../../src/jobs.ts';
import { readConfig } from '../../src/config/read.ts';
import { openRooms } from '../../src/rooms.ts';

const rooms = await openRooms({
  config: readConfig({ env: process.env, directory: process.cwd() }),
});
// A killed process would not write it.
flushCompileCache();
process.stdout.write('ready\n');
await once(process.stdin, 'data');
await (process.argv[2] === 'end-grants' ? endGrants(rooms) : rooms.accounts.eraseDue());
await rooms.close();
process.stdin.destroy();
