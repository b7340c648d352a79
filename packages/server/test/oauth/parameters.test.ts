import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from '../../src/oauth/error.ts';
import { Parameters } from '../../src/oauth/parameters.ts';

const refusal = (message: string) => (error: unknown) =>
  error instanceof OAuthError && error.message === message;

test('a refusal names the parameter that is missing, repeated or malformed', () => {
  const read = (raw: Record<string, string | string[]>) => Parameters.read(raw, ['code', 'state']);
  assert.throws(
    () => read({ state: 'x', code: '' }).require('code'),
    refusal('The parameter code is missing.'),
  );
  assert.throws(
    () => read({ code: ['one', 'two'] }),
    refusal('The parameter code was sent more than once.'),
  );
  assert.throws(() => read({ state: '\0' }), refusal('The parameter state is malformed.'));
});
