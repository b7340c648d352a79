/** Messages that are no HTTP, or just about: framing, first lines and headers over a raw socket. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Conversation, type RawAnswer } from '../support/raw-http.ts';
import { ENGINES } from '../storage/places.ts';
import { openHostileStage, type HostileStage } from './stage.ts';

// Of the database whose turn it is: one comes after the other.
let stage: HostileStage;
let bearer: string;

const END = '\r\n\r\n';
const HOST = 'Host: localhost';

/** Everything that comes back until the server closes or has nothing more to say. */
async function tell(bytes: string): Promise<readonly RawAnswer[]> {
  const wire = await Conversation.open(stage.running.base);
  wire.write(bytes);
  // A last request that ends the connection, so that the end of the answers is known.
  wire.write(`GET /health HTTP/1.1\r\n${HOST}\r\nConnection: close${END}`);
  const answers: RawAnswer[] = [];
  for (let answer = await wire.next(); answer !== null; answer = await wire.next()) {
    stage.judge(answer, bytes);
    answers.push(answer);
  }
  wire.close();
  return answers;
}

const statuses = async (bytes: string): Promise<readonly number[]> =>
  (await tell(bytes)).map(({ status }) => status);

const NONSENSE: Readonly<Record<string, string>> = {
  'a TLS hello': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'an HTTP/2 preface': `PRI * HTTP/2.0${END}SM${END}`,
  'no version': `GET /v2/me${END}`,
  'a version from the future': `GET /v2/me HTTP/9.9\r\n${HOST}${END}`,
  'no host': `GET /v2/me HTTP/1.1${END}`,
  'two hosts': `GET /v2/me HTTP/1.1\r\n${HOST}\r\nHost: evil.example${END}`,
  'a folded header (obs-fold)': `GET /v2/me HTTP/1.1\r\n${HOST}\r\nX-A: b\r\n c${END}`,
  'a space before the colon': `GET /v2/me HTTP/1.1\r\n${HOST}\r\nX-A : b${END}`,
  'a header without a name': `GET /v2/me HTTP/1.1\r\n${HOST}\r\n: b${END}`,
  'NUL in a header': `GET /v2/me HTTP/1.1\r\n${HOST}\r\nX-A: a\0b${END}`,
  'a bare carriage return': `GET /v2/me HTTP/1.1\r\n${HOST}\r\nX-A: a\rX-Injected: yes${END}`,
  'bare line feeds': `GET /v2/me HTTP/1.1\n${HOST}\nX-A: b\n\n`,
  'NUL in the address': `GET /v2/\0 HTTP/1.1\r\n${HOST}${END}`,
  'raw bytes in the address': `GET /v2/\xff\xfe HTTP/1.1\r\n${HOST}${END}`,
  'a space in the address': `GET /v2/a b HTTP/1.1\r\n${HOST}${END}`,
  'an address of 20 KB': `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}${END}`,
  'an address of 15 KB': `GET /v2/${'a'.repeat(15_000)} HTTP/1.1\r\n${HOST}${END}`,
  'a state of 1 MB': `GET /sign-in?state=${'a'.repeat(1_000_000)} HTTP/1.1\r\n${HOST}${END}`,
  'five hundred headers': `GET /v2/me HTTP/1.1\r\n${HOST}\r\n${'A: b\r\n'.repeat(500)}\r\n`,
  'a length that is no number': `POST /sign-in HTTP/1.1\r\n${HOST}\r\nContent-Length: x${END}`,
  'a negative length': `POST /sign-in HTTP/1.1\r\n${HOST}\r\nContent-Length: -1${END}`,
  'two lengths': `POST /sign-in HTTP/1.1\r\n${HOST}\r\nContent-Length: 1\r\nContent-Length: 2${END}ab`,
  'a length and chunks': `POST /sign-in HTTP/1.1\r\n${HOST}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked${END}0${END}`,
  'chunks twice over': `POST /sign-in HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked, chunked${END}0${END}`,
  'an unknown coding': `POST /sign-in HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: gzip${END}`,
  'a chunk size of nonsense': `POST /sign-in HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked${END}zz\r\na\r\n0${END}`,
  'a chunk size beyond all': `POST /sign-in HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked${END}ffffffffffffffffff\r\n`,
  'endless chunk extensions': `POST /sign-in HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked${END}1;${'a'.repeat(40_000)}\r\na\r\n0${END}`,
  CONNECT: `CONNECT localhost:80 HTTP/1.1\r\n${HOST}${END}`,
  'an unknown method': `BREW /v2/me HTTP/1.1\r\n${HOST}${END}`,
  'a method in lower case': `get /v2/me HTTP/1.1\r\n${HOST}${END}`,
  'an unknown expectation': `GET /v2/me HTTP/1.1\r\n${HOST}\r\nExpect: miracles${END}`,
};

for (const engine of ENGINES) {
  describe(engine, () => {
    before(async () => {
      stage = await openHostileStage(engine);
      const { headers } = await stage.token(await stage.person(false));
      bearer = headers.map(([name, value]) => `${name}: ${value}`).join('\r\n');
    });
    after(() => stage.stop());

    for (const [name, bytes] of Object.entries(NONSENSE)) {
      test(`${name} harms nobody`, async () => {
        const [first] = await tell(bytes);
        // A parser that gave up may close without a word; what it says is never our fault (see `judge`).
        if (first !== undefined) assert.ok(first.status >= 200, String(first.status));
        await stage.assertHealthy();
      });
    }

    test('methods that a route does not have are refused, those that no route has included', async () => {
      const [put] = await tell(`PUT /sign-in HTTP/1.1\r\n${HOST}\r\nContent-Length: 0${END}`);
      assert.deepEqual([put?.status, put?.headers.get('allow')], [405, 'GET, HEAD, POST']);
      for (const method of ['TRACE', 'OPTIONS', 'PROPFIND', 'QUERY', 'SEARCH', 'LOCK']) {
        const [first] = await statuses(
          `${method} /sign-in HTTP/1.1\r\n${HOST}\r\nContent-Length: 0${END}`,
        );
        assert.equal(first, 405, method);
      }
    });

    test('TRACE echoes nothing', async () => {
      const [first] = await tell(`TRACE /v2/me HTTP/1.1\r\n${HOST}\r\nX-Secret: marmalade${END}`);
      assert.equal(first?.status, 405);
      assert.ok(
        !JSON.stringify([first?.body, ...(first?.headers.values() ?? [])]).includes('marmalade'),
      );
    });

    test('an absolute address is no other host', async () => {
      const head = `GET http://evil.example/v2/me HTTP/1.1\r\nHost: evil.example\r\n${bearer}${END}`;
      const [first] = await tell(head);
      assert.ok(first !== undefined && [200, 404].includes(first.status));
      const page = await tell(
        `GET http://evil.example/tokens HTTP/1.1\r\nHost: evil.example${END}`,
      );
      assert.ok(!(page[0]?.headers.get('location') ?? '').startsWith('http://evil'));
    });

    test('HTTP/1.0 is answered and closed, and a protocol to change to is not', async () => {
      for (const [bytes, connection] of [
        [`GET /v2/me HTTP/1.0\r\n${bearer}${END}`, 'close'],
        [
          `GET /v2/me HTTP/1.1\r\n${HOST}\r\n${bearer}\r\nConnection: Upgrade\r\nUpgrade: h2c${END}`,
          'keep-alive',
        ],
      ] as const) {
        const wire = await Conversation.open(stage.running.base);
        const answer = await wire.ask(bytes);
        assert.deepEqual([answer.status, answer.headers.get('connection')], [200, connection]);
        wire.close();
      }
    });

    test('pipelined requests are answered in their order', async () => {
      const get = (path: string) => `GET ${path} HTTP/1.1\r\n${HOST}\r\n${bearer}${END}`;
      const all = await statuses(
        get('/v2/me') + get('/v2/nothing') + get('/health') + get('/v2/token'),
      );
      assert.deepEqual(all, [200, 404, 200, 200, 200]);
    });

    test('100-continue is answered before the body is sent', async () => {
      const body = JSON.stringify({
        description: 'slow',
        scopes: ['asset.read'],
        expires_in: null,
      });
      const wire = await Conversation.open(stage.running.base);
      wire.write(
        `POST /v2/tokens HTTP/1.1\r\n${HOST}\r\n${bearer}\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: ${body.length}${END}`,
      );
      assert.equal((await wire.next())?.status, 100);
      assert.equal((await wire.ask(body)).status, 201);
      wire.close();
    });

    test('a body in chunks is read as any other', async () => {
      const body = JSON.stringify({ description: 'cut', scopes: ['asset.read'], expires_in: null });
      const chunks = body.replaceAll(/[^]/g, (letter) => `1\r\n${letter}\r\n`);
      const head = `POST /v2/tokens HTTP/1.1\r\n${HOST}\r\n${bearer}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked${END}`;
      assert.deepEqual(await statuses(`${head}${chunks}0${END}`), [201, 200]);
    });

    test('a request that stops half way does not hold the others up', async () => {
      const wire = await Conversation.open(stage.running.base);
      wire.write(`POST /sign-in HTTP/1.1\r\n${HOST}\r\nContent-Length: 100${END}half`);
      await stage.assertHealthy();
      wire.close();
      await stage.assertHealthy();
    });

    test('nothing that a request brings becomes a header of the answer', async () => {
      const injected = '%0d%0aX-Injected:%20yes';
      for (const path of [
        `/tokens?x=${injected}`,
        `/sign-in?return_to=/${injected}`,
        `/${injected}`,
      ]) {
        const answers = await tell(`GET ${path} HTTP/1.1\r\n${HOST}${END}`);
        assert.ok(answers.length > 0, path);
      }
    });
  });
}
