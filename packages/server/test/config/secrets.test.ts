import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { describeConfig, maskUrl } from '../../src/config/describe.ts';
import { keepMasterSecret } from '../../src/config/master-secret.ts';
import { warningsAbout } from '../../src/config/warnings.ts';
import { SECRET_VARIABLES } from '../../src/config/secrets.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { problemsIn, readIn, withDirectory } from './workplace.ts';

const BIN = fileURLToPath(new URL('../../bin/gatehouse.js', import.meta.url));
const HEX = 'ab'.repeat(32);
const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('the master secret is made once, for its owner alone, and read back', () => {
  withDirectory((directory) => {
    const data = join(directory, 'deep', 'data');
    const made = keepMasterSecret(data, randomBytes);
    assert.deepEqual(keepMasterSecret(data, randomBytes), made);
    assert.deepEqual(
      made.map(({ length }) => length),
      [32],
    );
    assert.equal(modeOf(join(data, 'master-secret')), 0o600);
    assert.equal(modeOf(data), 0o700);
    assert.deepEqual(readdirSync(data), ['master-secret']);
  });
});

test('processes that start together agree on one master secret', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
  const module = new URL('../../src/config/master-secret.ts', import.meta.url).href;
  const script = `
    import { keepMasterSecret } from ${JSON.stringify(module)};
    import { randomBytes } from 'node:crypto';
    process.stdin.once('data', () => {
      process.stdout.write(Buffer.from(keepMasterSecret(${JSON.stringify(directory)}, randomBytes)[0]).toString('hex'));
      process.stdin.destroy();
    });
    process.stderr.write('ready');`;
  try {
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' }),
    );
    await Promise.all(children.map((child) => once(child.stderr, 'data')));
    for (const child of children) child.stdin.write('go');
    const secrets = await Promise.all(children.map((child) => text(child.stdout)));
    assert.match(secrets[0] ?? '', /^[0-9a-f]{64}$/);
    assert.equal(new Set(secrets).size, 1);
    assert.deepEqual(readdirSync(directory), ['master-secret']);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a secret made in between by another process wins over the own draft', () => {
  withDirectory((directory) => {
    const theirs = Buffer.alloc(32, 9);
    const slow = (size: number): Uint8Array => {
      writeFileSync(join(directory, 'master-secret'), `${theirs.toString('hex')}\n`, {
        mode: 0o600,
      });
      return randomBytes(size);
    };
    assert.deepEqual(Buffer.from(keepMasterSecret(directory, slow)[0]), theirs);
    assert.deepEqual(readdirSync(directory), ['master-secret']);
  });
});

test('a master secret that others may read, or that is damaged, is refused', () => {
  withDirectory((directory) => {
    const path = join(directory, 'master-secret');
    keepMasterSecret(directory, randomBytes);
    chmodSync(path, 0o640);
    assert.throws(() => keepMasterSecret(directory, randomBytes), /found mode 0640.*chmod 600/);
    chmodSync(path, 0o600);
    writeFileSync(path, 'half');
    assert.throws(() => keepMasterSecret(directory, randomBytes), /expected 64 hexadecimal digits/);
  });
});

test('a file where the data directory should be, or above it, is named with the setting', () => {
  withDirectory((directory) => {
    const file = join(directory, 'data');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'deeper', 'still')]) {
      assert.throws(() => keepMasterSecret(path, randomBytes), {
        message: `${file}: found a file, expected the data directory; move the file, or set storage.data_directory in gatehouse.yaml or GATEHOUSE_DATA_DIRECTORY`,
      });
    }
  });
});

test('a master secret from the environment wins, and no file is made', () => {
  withDirectory((directory) => {
    const env = { GATEHOUSE_MASTER_SECRET: HEX, GATEHOUSE_DATA_DIRECTORY: join(directory, 'data') };
    assert.equal(Buffer.from(readIn({ env }).masterSecrets[0]).toString('hex'), HEX);
    assert.deepEqual(readdirSync(directory), []);
  });
  const base64 = Buffer.alloc(40, 1).toString('base64url');
  assert.equal(readIn({ env: { GATEHOUSE_MASTER_SECRET: base64 } }).masterSecrets[0].length, 40);
});

test('a master secret that is too short or no encoding at all is refused and not repeated', () => {
  for (const secret of ['c2hvcnQtc2VjcmV0', 'correct horse battery staple, and then some more']) {
    const problems = problemsIn({ env: { GATEHOUSE_MASTER_SECRET: secret } });
    assert.match(
      problems.join('\n'),
      /^GATEHOUSE_MASTER_SECRET: expected at least 32 random bytes/,
    );
    assert.equal(problems.join('\n').includes(secret), false);
  }
});

test('secrets are read from files that variables name', () => {
  const files = { smtp: 'smtp://mail.example.com\n', blank: '\n' };
  const { mail } = readIn({ files, env: { GATEHOUSE_SMTP_URL_FILE: 'smtp' } });
  assert.equal(mail.smtpUrl, 'smtp://mail.example.com');
  const wrong = (env: NodeJS.ProcessEnv) => problemsIn({ files, env }).join('\n');
  assert.match(
    wrong({ GATEHOUSE_SMTP_URL_FILE: 'none' }),
    /^GATEHOUSE_SMTP_URL_FILE: names no file/,
  );
  assert.match(wrong({ GATEHOUSE_SMTP_URL_FILE: 'blank' }), /blank is empty/);
  const twice = { GATEHOUSE_SMTP_URL_FILE: 'smtp', GATEHOUSE_SMTP_URL: 'smtp://x' };
  assert.match(wrong(twice), /^GATEHOUSE_SMTP_URL_FILE: set together with GATEHOUSE_SMTP_URL/);
});

test('a database or mail address of another kind is refused and not repeated', () => {
  const env = {
    GATEHOUSE_DATABASE_URL: 'mysql://u:hunter2@h/d',
    GATEHOUSE_SMTP_URL: 'hunter2',
  };
  const message = problemsIn({ env }).join('\n');
  assert.match(message, /^GATEHOUSE_DATABASE_URL: expected postgres:/);
  assert.match(message, /\nGATEHOUSE_SMTP_URL: expected smtp:/);
  assert.equal(message.includes('hunter2'), false);
});

test('what was meant to be a secret and is no name of a file is not repeated', () => {
  for (const secret of [HEX, 'postgres://gate:hunter2@db/gate', 'x'.repeat(5000)]) {
    const message = problemsIn({ env: { GATEHOUSE_MASTER_SECRET_FILE: secret } }).join('\n');
    assert.match(message, /^GATEHOUSE_MASTER_SECRET_FILE: names no file that is there/);
    assert.equal(message.includes(secret), false);
  }
});

for (const name of SECRET_VARIABLES) {
  test(`a file of ${name} is bounded, and is no device, no directory, and written by nobody else`, () => {
    withDirectory((directory) => {
      const path = join(directory, 'secret');
      const wrong = (file: string): string =>
        problemsIn({ env: { [`${name}_FILE`]: file } }).join('\n');
      closeSync(openSync(path, 'w'));
      truncateSync(path, 300 * 1024 * 1024);
      assert.match(wrong(path), /^GATEHOUSE_\w+_FILE: .*secret is longer than 65536 bytes$/);
      writeFileSync(path, '%'.repeat(65_536));
      assert.match(wrong(path), /^GATEHOUSE_\w+: expected /);
      chmodSync(path, 0o602);
      assert.match(wrong(path), /secret can be written by others: chmod o-w /);
      for (const other of ['/dev/zero', directory])
        assert.match(wrong(other), /is neither a file nor a pipe$/);
    });
  });
}

/** As a shell passes what a command prints: `<(command)`. */
async function listWith(directory: string, command: string) {
  const list = `${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} user list --json`;
  const child = spawn(
    'bash',
    ['--norc', '-c', `GATEHOUSE_MASTER_SECRET_FILE=<(${command}) ${list}`],
    {
      cwd: directory,
      env: { PATH: process.env['PATH'] },
    },
  );
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr };
}

test('a secret through a pipe is read once and whole, and an empty one is told', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
  try {
    keepMasterSecret(join(directory, 'data'), randomBytes);
    const absent = await listWith(directory, `sleep 0.2; echo ${HEX}`);
    assert.match(absent.stderr, /there is no installation/);
    const storage = await openStorage({
      dataDirectory: join(directory, 'data'),
      databaseUrl: null,
      clock: systemClock,
    });
    await storage.migrate();
    await storage.close();
    const piped = await listWith(directory, `sleep 0.2; echo ${HEX}`);
    assert.deepEqual({ ...piped, stdout: JSON.parse(piped.stdout) }, { stdout: [], stderr: '' });
    const empty = await listWith(directory, 'true');
    assert.match(empty.stderr, /^GATEHOUSE_MASTER_SECRET_FILE: \S+ is empty/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

for (const url of [
  'postgres://gate:hun/ter2@db.example/gate',
  'postgres://gate:12/hunter2@db.example/gate',
  'postgres://gate:hun?ter2@db.example/gate',
  'postgres://gate:hun#ter2@db.example/gate',
  'postgres://gate:hunter@2@db.example/gate',
  'postgres://gate:hunter%2@db.example/gate',
  'postgres://gate:hun ter2@db.example/gate',
  'postgres://gate:hunter2@db.example:port/gate',
  'smtp://mailer:hun/ter2@mail.example',
  'smtp://mailer:25/hunter2@mail.example',
]) {
  test(`no part of the password of ${url} is repeated, and the words say what to encode`, () => {
    const name = url.startsWith('smtp') ? 'GATEHOUSE_SMTP_URL' : 'GATEHOUSE_DATABASE_URL';
    const message = problemsIn({ env: { [name]: url } }).join('\n');
    assert.match(message, /with reserved characters percent-encoded/);
    assert.doesNotMatch(message, /hun|ter2|12|25|gate:|mailer/);
  });
}

test('the description holds no secret', () => {
  const config = readIn({
    env: {
      GATEHOUSE_MASTER_SECRET: HEX,
      GATEHOUSE_DATABASE_URL: 'postgres://gate:hunter2@db:5432/gate?password=hunter2',
      GATEHOUSE_SMTP_URL: 'smtp://mailer:hunter2@mail:587',
    },
  });
  const shown = JSON.stringify(describeConfig(config));
  assert.equal(shown.includes('hunter2') || shown.includes('abab'), false);
  assert.ok(shown.includes('postgres://gate:********@db:5432/gate?********'));
  assert.ok(shown.includes('smtp://mailer:********@mail:587'));
  assert.equal(maskUrl('no address'), '********');
});

test('settings that are seldom meant are warned of, the defaults are not', () => {
  assert.deepEqual(warningsAbout(readIn({})), []);
  const yaml = 'server: { host: 0.0.0.0, base_url: "http://portal.example.com" }';
  const warnings = warningsAbout(readIn({ yaml })).join('\n');
  assert.match(warnings, /in the clear without https/);
  assert.match(warnings, /GATEHOUSE_SMTP_URL is not set/);
  const proxied = warningsAbout(readIn({ yaml: 'server: { base_url: "https://a.example" }' }));
  assert.match(proxied.join('\n'), /trusted_proxies is empty/);
});
