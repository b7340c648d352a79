/** A server process that loads its program at once and opens its data when it is told to, so that restarts are quick. */
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { readConfig } from '../../src/config/read.ts';
import { serve } from '../../src/main.ts';

// A killed process would not write it.
flushCompileCache();
await once(process.stdin, 'data');
process.stdin.destroy();
await serve(readConfig({ env: process.env, directory: process.cwd() }));
