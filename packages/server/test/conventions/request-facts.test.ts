/**
 * A socket that was reset has no address any more: what a request is about is read in one file, when it arrives. Everybody
 * else takes `request.facts`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSync, Visitor } from 'oxc-parser';
import { sources } from './source.ts';

/** What Fastify and Node read from the socket at the moment they are asked. */
const LATE: ReadonlySet<string> = new Set([
  'ip',
  'ips',
  'remoteAddress',
  'remoteFamily',
  'remotePort',
]);

/** Requests that are made, not received, may name one. */
const ALLOWED: ReadonlySet<string> = new Set([
  'src/http/request-facts.ts',
  // When a connection is accepted, before there is a request.
  'src/http/connections.ts',
]);

/** Every place where such a property is read, by a dot or by taking an object apart. */
function lateReads(path: string, text: string): readonly string[] {
  const { program, errors } = parseSync(path, text);
  assert.deepEqual(errors, [], path);
  const found: string[] = [];
  const note = (start: number): void => {
    found.push(`${path}:${text.slice(0, start).split('\n').length}`);
  };
  new Visitor({
    MemberExpression({ property, start }) {
      const name = property.type === 'Identifier' ? property.name : '';
      const literal = property.type === 'Literal' ? String(property.value) : '';
      if (LATE.has(name) || LATE.has(literal)) note(start);
    },
    ObjectPattern({ properties }) {
      for (const property of properties) {
        if (property.type !== 'Property' || property.key.type !== 'Identifier') continue;
        if (LATE.has(property.key.name)) note(property.start);
      }
    },
  }).visit(program);
  return found;
}

test('late reads are seen in every form', () => {
  for (const text of [
    'request.ip;',
    'request.raw.socket?.remoteAddress;',
    "request['ip'];",
    'const f = ({ ip }: R) => ip;',
    'const { raw: { socket: { remoteAddress: a } } } = request;',
  ]) {
    assert.deepEqual(lateReads('src/x.ts', `\n${text}`), ['src/x.ts:2'], text);
  }
  assert.deepEqual(lateReads('src/x.ts', 'inject({ remoteAddress: address, ip });'), []);
});

/** Acts of jobs and of the command line, which no request caused, what an erasure takes away, and a copy of what other people did. */
const WITHOUT_ADDRESS: readonly string[] = [
  'src/apps/transfer.ts',
  'src/cli/installation.ts',
  'src/developer-tokens/longest-life.ts',
  'src/identity/accounts/erasure.ts',
  'src/storage/personal-data/erasure.ts',
  'src/storage/personal-data/export.ts',
];

test('nothing that a request causes is written without its address', () => {
  const found = sources('src/**/*.ts').filter(({ text }) => /\baddress: null\b/.test(text));
  assert.deepEqual(
    found.map(({ path }) => path),
    WITHOUT_ADDRESS,
  );
});

test('the address of a request is read when it arrives and nowhere else', () => {
  const files = sources('src/**/*.ts');
  assert.ok(files.length > 200);
  const found = files
    .filter(({ path }) => !ALLOWED.has(path))
    .flatMap(({ path, text }) => lateReads(path, text));
  assert.deepEqual(found, []);
});
