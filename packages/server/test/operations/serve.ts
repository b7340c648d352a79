/** What `gatehouse serve` does, for tests that need a process of its own. */
import { readConfig } from '../../src/config/read.ts';
import { serve } from '../../src/main.ts';

await serve(readConfig({ env: process.env, directory: process.cwd() }));
