import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readConfig } from '../../src/config/read.ts';
import { warningsAbout } from '../../src/config/warnings.ts';
import { keyOf, pemOf } from '../mail/post-office.ts';

const directory = mkdtempSync(join(tmpdir(), 'gatehouse-smtp-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const configOf = (env: Record<string, string>) => readConfig({ env, directory });
const smtpOf = (env: Record<string, string>) => configOf(env).mail.smtp;

test('TLS is required but on loopback, until somebody says otherwise', () => {
  const tlsAt = (url: string, more: Record<string, string> = {}) =>
    smtpOf({ GATEHOUSE_SMTP_URL: url, ...more })?.tls;
  for (const host of [
    'mail.example.com',
    '192.0.2.7',
    '10.0.0.1',
    '[2001:db8::1]',
    'localhost.example',
  ])
    assert.equal(tlsAt(`smtp://${host}`), 'required', host);
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]'])
    assert.equal(tlsAt(`smtp://${host}:25`), 'if-offered', host);
  assert.equal(tlsAt('smtp://mail.example.com', { GATEHOUSE_SMTP_TLS: 'never' }), 'never');
  assert.throws(
    () => tlsAt('smtp://mail.example.com', { GATEHOUSE_SMTP_TLS: 'maybe' }),
    /SMTP_TLS/,
  );
  const loud = configOf({
    GATEHOUSE_SMTP_URL: 'smtp://mail.example.com',
    GATEHOUSE_SMTP_TLS: 'never',
  });
  assert.match(warningsAbout(loud).join('\n'), /in the clear/);
});

test('host, port and password are read from the URL, and nothing else may stand in it', () => {
  const url = 'smtps://us%40er:p%3Ass%2F@mail.example.com';
  const { ca: _ca, name: _name, ...server } = smtpOf({ GATEHOUSE_SMTP_URL: url }) ?? {};
  assert.deepEqual(server, {
    host: 'mail.example.com',
    port: 465,
    isImplicitTls: true,
    tls: 'required',
    auth: { user: 'us@er', pass: 'p:ss/' },
  });
  assert.equal(smtpOf({ GATEHOUSE_SMTP_URL: 'smtp://mail.example.com' })?.port, 587);
  assert.equal(smtpOf({ GATEHOUSE_SMTP_URL: 'smtp://[2001:db8::1]:25' })?.host, '2001:db8::1');
  const wrong = [
    'smtp://u:hunter2@h?tls.rejectUnauthorized=false',
    'smtp://u:hunter2@h/?requireTLS=false',
    'smtp://u:hunter2@h/path',
    'smtp://u:hunter2%@h',
    'smtp://',
  ];
  for (const text of wrong)
    assert.throws(
      () => smtpOf({ GATEHOUSE_SMTP_URL: text }),
      ({ message }: Error) =>
        message.startsWith('GATEHOUSE_SMTP_URL: ') && !message.includes('hunter2'),
      text,
    );
});

test('the name in EHLO is that of the server as people know it', () => {
  const nameWith = (env: Record<string, string>) =>
    smtpOf({ GATEHOUSE_SMTP_URL: 'smtp://mail.example.com', ...env })?.name;
  const GATEHOUSE_MAIL_FROM = 'Forge <no-reply@forge.example>';
  assert.equal(nameWith({ GATEHOUSE_BASE_URL: 'https://dev.example.com' }), 'dev.example.com');
  assert.equal(nameWith({ GATEHOUSE_BASE_URL: 'https://192.0.2.7' }), '[192.0.2.7]');
  assert.equal(nameWith({ GATEHOUSE_BASE_URL: 'https://[2001:db8::7]' }), '[IPv6:2001:db8::7]');
  assert.equal(nameWith({ GATEHOUSE_MAIL_FROM }), 'forge.example');
  assert.equal(
    nameWith({ GATEHOUSE_MAIL_FROM, GATEHOUSE_SMTP_NAME: 'out.example.com' }),
    'out.example.com',
  );
  for (const name of ['a b', 'x\r\nQUIT', '-x', ''])
    if (name !== '') assert.throws(() => nameWith({ GATEHOUSE_SMTP_NAME: name }), /SMTP_NAME/);
});

test('a file of an authority is read once, and refused in words when it is none', () => {
  const put = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return name;
  };
  const withFile = (name: string) =>
    smtpOf({ GATEHOUSE_SMTP_URL: 'smtp://mail.example.com', GATEHOUSE_SMTP_CA_FILE: name });
  assert.equal(
    withFile(put('ca.pem', `two\n${pemOf('ca')}\n${pemOf('ca')}`))?.ca?.match(/BEGIN/g)?.length,
    2,
  );
  const broken = pemOf('ca').replace(/\n[A-Za-z0-9]{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
  const names = [
    'missing',
    '.',
    '/dev/zero',
    put('empty', ''),
    put('key', keyOf('good')),
    put('broken', broken),
    put('large', pemOf('ca') + ' '.repeat(1_048_577)),
  ];
  for (const name of names)
    assert.throws(() => withFile(name), /^ConfigError: GATEHOUSE_SMTP_CA_FILE: /, name);
});
