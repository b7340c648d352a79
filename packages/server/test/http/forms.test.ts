import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../../src/http/failure.ts';
import { choice, flag, text, texts } from '../../src/http/form.ts';
import { parseUrlEncoded } from '../../src/http/url-encoded.ts';

const wellFormed = fc.string({ unit: 'grapheme' });

test('what a browser encodes is read as it was typed, in its order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(wellFormed, wellFormed), { maxLength: 30 }), (pairs) => {
      const fields = parseUrlEncoded(new URLSearchParams(pairs).toString());
      for (const [name] of pairs) {
        const values = pairs.filter(([other]) => other === name).map(([, value]) => value);
        assert.deepEqual([fields[name]].flat(), values);
      }
      assert.equal(Object.keys(fields).length, new Set(pairs.map(([name]) => name)).size);
    }),
  );
});

test('whatever is sent is fields or a refusal with 400, and never anything else', () => {
  const soup = fc.string({
    unit: fc.constantFrom('%', '=', '&', '+', 'a', 'F', '0', '[', ']', 'é'),
  });
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (body) => {
      try {
        assert.equal(Object.getPrototypeOf(parseUrlEncoded(body)), null);
      } catch (error) {
        assert.ok(error instanceof Refusal, String(error));
        assert.equal(error.statusCode, 400);
      }
    }),
  );
});

test('names that mean something to JavaScript are fields like others', () => {
  const fields = parseUrlEncoded('__proto__=a&constructor=b&toString=c&__proto__=d');
  assert.deepEqual(Object.entries(fields), [
    ['__proto__', ['a', 'd']],
    ['constructor', 'b'],
    ['toString', 'c'],
  ]);
  assert.equal(text(fields, 'constructor'), 'b');
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(text({}, name), '', name);
    assert.equal(text([], name), '', name);
  }
});

test('a thousand fields are read, and one more is refused', () => {
  assert.equal(parseUrlEncoded('a=b&'.repeat(1000))['a']?.length, 1000);
  assert.throws(() => parseUrlEncoded('a=b&'.repeat(1001)), Refusal);
});

test('a single value is one text, and what no browser sends is refused', () => {
  assert.equal(text({ name: '  Ada ' }, 'name'), 'Ada');
  assert.equal(text({ name: '  Ada ' }, 'name', { trim: false }), '  Ada ');
  assert.equal(text(undefined, 'name'), '');
  for (const name of [['a', 'b'], {}, 1, null, true, 'a\0b', '\ud800', 'x'.repeat(1001)]) {
    assert.throws(() => text({ name }, 'name'), Refusal, JSON.stringify(name));
  }
  assert.equal(text({ name: 'x'.repeat(1000) }, 'name').length, 1000);
  assert.throws(() => text({ name: 'ab' }, 'name', { max: 1 }), Refusal);
});

test('repeated values, boxes and choices', () => {
  assert.deepEqual(texts({ scope: 'a' }, 'scope'), ['a']);
  assert.deepEqual(texts({ scope: ['b', '', ' a '] }, 'scope'), ['b', 'a']);
  assert.deepEqual(texts({}, 'scope'), []);
  for (const scope of [[1], [['a']], {}, ['a', null], Array.from({ length: 1001 }, () => 'a')]) {
    assert.throws(() => texts({ scope }, 'scope'), Refusal);
  }
  assert.deepEqual(
    [flag({ on: 'on' }, 'on'), flag({ on: '' }, 'on'), flag({}, 'on')],
    [true, false, false],
  );
  assert.equal(choice({ role: 'admin' }, 'role', ['owner', 'admin']), 'admin');
  assert.equal(choice({ role: 'Admin' }, 'role', ['owner', 'admin']), null);
});
