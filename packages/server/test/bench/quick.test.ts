/** The figures are for people to read; that every part of the bench runs and prints them is for a test. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BENCH = fileURLToPath(new URL('../../bench/bench.ts', import.meta.url));

test('the bench measures starts, memory, checks and acts, and prints a figure for each', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, '--quick']);
  for (const row of [
    /^Start to first answer +[\d,]+ ms$/m,
    /^Memory, idle +[\d,]+ MB$/m,
    /^Memory after [\d,]+ checks +[\d,]+ MB$/m,
    /^GET \/v2\/token, cached \(no request log\)( +[\d,]+){2} +\d+\.\d\d( +[\d,]+){2} +\d+\.\d\d/m,
    /^401: garbage \(log to nowhere\)( +[\d,]+){2} +\d+\.\d\d/m,
    /^Verdicts a processor second, from memory +[\d,]+$/m,
    /^Verdicts a processor second, by reading +[\d,]+$/m,
    /^… among 1,000 more tokens +[\d,]+$/m,
    /^Tokens made a second, \d+ callers +[\d,]+$/m,
    /^Sign-ins a second, \d+ callers +[\d,]+$/m,
    /^take a scope away +[\d,]+ ms +[\d,]+ ms$/m,
    /^delete it +[\d,]+ ms +[\d,]+ ms$/m,
    /^end its connections +[\d,]+ ms +[\d,]+ ms$/m,
    /^introspection: Gatehouse +[\d,]+ +× 1\.00( +[\d,]+)+$/m,
    /^client_credentials: oidc-provider, each +[\d,]+ +× \d+\.\d\d/m,
    /^refresh_token: floor +[\d,]+ +× \d+\.\d\d/m,
    /^code flow: Gatehouse +[\d,]+ +× 1\.00/m,
    /^refresh_token +[\d,]+( +\d+\.\d){2}$/m,
    /^code flow +[\d,]+( +\d+\.\d){2}$/m,
  ]) {
    assert.match(stdout, row);
  }
});
