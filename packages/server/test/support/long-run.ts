/** What `npm run test:long` has besides `npm test`: the long amounts, and one seed that is told. */
import { LONG_VARIABLE, SEED, SEED_VARIABLE, toldSeed } from './chance.ts';

process.env[LONG_VARIABLE] = 'yes';
process.env[SEED_VARIABLE] = String(SEED);
process.stdout.write(`${toldSeed}\n`);

export { globalSetup, globalTeardown } from './whole-run.ts';
