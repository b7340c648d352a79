/**
 * What is written to the database is checked by the compiler: `npm run types` fails when one of the lines below that must not
 * compile does. The functions themselves are run as well, so that the types are those of what they do.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Membership } from '../../src/identity/types.ts';
import { compiled, inserting } from '../../src/storage/compiled.ts';
import type { Database } from '../../src/storage/engine.ts';
import { changedRow, newRow, type NewRow } from '../../src/storage/rows.ts';

const offer = {
  id: 'offer',
  appId: 'app',
  fromId: 'owner',
  email: 'ada@example.com',
  createdAt: 1,
  expiresAt: 2,
  closedAt: null,
};
const { email: _email, ...withoutEmail } = offer;
const { closedAt: _closedAt, ...withoutClosedAt } = offer;
const withOneMore = { ...offer, colour: 'red' };
const withText = { ...offer, createdAt: 'yesterday' };

test('a record is a row when it has every column, and nothing else', () => {
  assert.deepEqual(newRow('app_offers', offer), {
    id: 'offer',
    app_id: 'app',
    from_id: 'owner',
    email: 'ada@example.com',
    created_at: 1,
    expires_at: 2,
    closed_at: null,
  });
  // @ts-expect-error: a column is missing
  newRow('app_offers', withoutEmail);
  // @ts-expect-error: Kysely would take a row without a column that may be null
  newRow('app_offers', withoutClosedAt);
  // @ts-expect-error: there is no such column, and Kysely would take it in a variable
  newRow('app_offers', withOneMore);
  // @ts-expect-error: there is no such column
  newRow('app_offers', { ...offer, colour: 'red' });
  // @ts-expect-error: a time is a number
  newRow('app_offers', withText);
  // @ts-expect-error: a text is not null
  newRow('app_offers', { ...offer, email: null });
  // @ts-expect-error: the columns of another table
  newRow('sessions', offer);
});

test('what is stored in another form is turned into it first', () => {
  const flags = { allowsMissingPkce: true, isRefreshStrict: false, mayIntrospect: false };
  assert.deepEqual(changedRow('apps', { allowsMissingPkce: 1 }), { allows_missing_pkce: 1 });
  // @ts-expect-error: SQLite has no boolean
  changedRow('apps', flags);
  // @ts-expect-error: a list is joined
  changedRow('apps', { redirectUris: ['https://app.example/callback'] });
});

test('a column that the database fills may be left out of a new row, and only such a one', () => {
  const proof = {
    id: 'proof',
    user_id: 'user',
    purpose: 'step-up',
    email: null,
    browser_hash: null,
    created_at: 1,
    expires_at: 2,
    used_at: null,
  } as const;
  const rows: readonly NewRow<'proofs'>[] = [proof, { ...proof, epoch: 3 }];
  assert.equal(rows.length, 2);
  const { purpose: _purpose, ...withoutPurpose } = proof;
  // @ts-expect-error: nobody else says the purpose
  const wrong: NewRow<'proofs'> = withoutPurpose;
  assert.ok(wrong);
});

test('a change has columns of its table alone; what is not given does not change', () => {
  const changes: { readonly name?: string | undefined; readonly bio: null } = { bio: null };
  assert.deepEqual(changedRow('users', { ...changes, lastSeenAt: undefined }), { bio: null });
  // @ts-expect-error: there is no such column
  changedRow('users', { ...changes, nickname: 'ada' });
  // @ts-expect-error: every user has a name
  changedRow('users', { name: null });
});

test('statements that are compiled once take values, and answer rows, of the types of their columns', () => {
  compiled<{ id: string }, { email: string }>((db, value) =>
    db.selectFrom('users').select('email').where('id', '=', value('id')),
  );
  compiled<{ id: number }>((db, value) =>
    // @ts-expect-error: an id is a text
    db.selectFrom('users').select('email').where('id', '=', value('id')),
  );
  compiled<{ id: string }>((db, value) =>
    // @ts-expect-error: there is no such value
    db.selectFrom('users').select('email').where('id', '=', value('name')),
  );
  compiled<{ id: string }, { email: string; name: string }>((db, value) =>
    // @ts-expect-error: the rows have no name
    db.selectFrom('users').select('email').where('id', '=', value('id')),
  );
  type Insert<Row> = (db: Database, row: Row) => Promise<void>;
  const byRow: Insert<NewRow<'memberships'>> = inserting('memberships');
  // @ts-expect-error: a record is no row
  const byRecord: Insert<Membership> = inserting('memberships');
  assert.ok(byRow);
  assert.ok(byRecord);
});
