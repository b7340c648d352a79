import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contrastWithWhite } from '../../src/config/rules.ts';
import { isLoopbackHost } from '../../src/kit/loopback.ts';
import { dotted, found } from '../../src/config/problem.ts';
import { closest } from '../../src/kit/closest.ts';
import { matchScopes } from '../../src/catalogue/scope-patterns.ts';

test('contrast agrees with the published examples', () => {
  assert.equal(contrastWithWhite('#000000').toFixed(2), '21.00');
  assert.equal(contrastWithWhite('#ffffff').toFixed(2), '1.00');
  // The grey that every WCAG guide gives as the lightest that passes on white.
  assert.equal(contrastWithWhite('#767676').toFixed(2), '4.54');
  assert.equal(contrastWithWhite('#777777').toFixed(2), '4.48');
});

test('stars stand for anything, elsewhere the text must be the same', () => {
  const names = ['asset.read', 'asset.create', 'comment.read', 'offline'];
  assert.deepEqual(matchScopes('*', names), names);
  assert.deepEqual(matchScopes('*.read', names), ['asset.read', 'comment.read']);
  assert.deepEqual(matchScopes('asset.*', names), ['asset.read', 'asset.create']);
  assert.deepEqual(matchScopes('a*t.*d', names), ['asset.read']);
  assert.deepEqual(matchScopes('asset', names), []);
  assert.deepEqual(matchScopes('asset.read*d', ['asset.read']), []);
});

test('patterns match as the regular expression they stand for', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 });
  fc.assert(
    fc.property(pattern, letters, (glob, name) => {
      const regex = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      assert.equal(matchScopes(glob, [name]).length === 1, regex.test(name));
    }),
  );
});

test('a slip of the pen is recognised, a stranger is not', () => {
  assert.equal(closest('GATEHOUSE_PROT', ['GATEHOUSE_HOST', 'GATEHOUSE_PORT']), 'GATEHOUSE_PORT');
  assert.equal(closest('zebra', ['port', 'host']), null);
});

test('problems show places and values on one short line', () => {
  assert.equal(dotted(['scopes', 0, 'scopes', 2, 'name']), 'scopes[0].scopes[2].name');
  assert.equal(found('smtp://user:pass@host'), '"smtp://…@host"');
  assert.equal(found('a\nb'), '"a\\nb"');
  assert.equal(found('x'.repeat(500)).length < 80, true);
});

test('loopback hosts are recognised in every notation', () => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', 'LOCALHOST']) {
    assert.equal(isLoopbackHost(host), true, host);
  }
  for (const host of ['0.0.0.0', '::', 'example.com', '127.0.0.1.example.com', '10.0.0.1']) {
    assert.equal(isLoopbackHost(host), false, host);
  }
});
