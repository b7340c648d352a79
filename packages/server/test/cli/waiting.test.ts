import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, before, beforeEach, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { Gatehouse } from './gatehouse.ts';

let real: URL;
let gatehouse: Gatehouse;
before(async () => {
  real = new URL(await (await sharedPostgres()).createDatabase());
});
beforeEach(() => {
  gatehouse = new Gatehouse();
});
afterEach(() => gatehouse.remove());

const doors: Server[] = [];
afterEach(() => {
  for (const door of doors.splice(0)) door.close();
});

function passOn(socket: Socket): void {
  const inner = connect(Number(real.port), real.hostname);
  for (const end of [socket, inner]) end.on('error', () => undefined);
  // Whichever is reset: nothing is passed on any more.
  socket.on('close', () => inner.destroy());
  inner.on('close', () => socket.destroy());
  socket.pipe(inner).pipe(socket);
}

/** Answers the place of a database that comes up when somebody says that it is waited for. */
async function lateDatabase(): Promise<string> {
  const port = await freePort();
  const url = new URL(real);
  url.host = `127.0.0.1:${port}`;
  gatehouse.env['GATEHOUSE_DATABASE_URL'] = url.href;
  gatehouse.onStderr = (said) => {
    if (said.startsWith('waiting') && said.endsWith('\n') && doors.length === 0)
      doors.push(createServer(passOn).listen(port, '127.0.0.1'));
  };
  return url.host;
}

test('a command that waits for its database says so after a second, once, without secrets', async () => {
  const place = await lateDatabase();
  const { code, stdout, stderr } = await gatehouse.run(['migrate']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^0001-foundation$/m);
  assert.equal(stderr, `waiting for the database at ${place}\n`);
});

test('so does a server, and it starts when the database is there', async () => {
  const place = await lateDatabase();
  const { said, base } = await gatehouse.serve();
  assert.equal(said.stderr, `waiting for the database at ${place}\n`);
  assert.equal((await fetch(`${base}/readyz`)).status, 200);
});

test('of a database that answers nothing is said', async () => {
  gatehouse.env['GATEHOUSE_DATABASE_URL'] = real.href;
  const { said } = await gatehouse.serve();
  assert.equal(said.stderr, '');
});
