/** A process that opens the data and does one job, the one that its argument names, when it is told to. */
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { endGrants } from '../../src/compose/jobs.ts';
import { readConfig } from '../../src/config/read.ts';
import { openModules } from '../../src/compose/modules.ts';

const modules = await openModules({
  config: readConfig({ env: process.env, directory: process.cwd() }),
});
// A killed process would not write it.
flushCompileCache();
process.stdout.write('ready\n');
await once(process.stdin, 'data');
await (process.argv[2] === 'end-grants' ? endGrants(modules) : modules.accounts.eraseDue());
await modules.close();
process.stdin.destroy();
