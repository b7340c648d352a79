/** No column that a verdict may depend on is added without a decision, and no kind of change without its word in the reference. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CLIENT_FIELDS } from '../../src/oauth/clients/fields.ts';
import type { TableOfPerson } from '../../src/storage/personal-data/table.ts';
import { PERSONAL_DATA } from '../../src/storage/personal-data/tables.ts';
import { CHANGE_KINDS, WATCHED } from '../changes/watched-rows.ts';

const words = (...lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => line.split(' '));

/** In every table: what names a row, and when it was made. */
const FIXED = words('id user_id account_id client_id app_id grant_id created_at');

/** Texts and links that an app says of itself. */
const WRITTEN_FOR_PEOPLE = Object.values(CLIENT_FIELDS)
  .filter(({ kind }) => kind === 'prose' || kind === 'link')
  .map(({ wire }) => wire);

/** Columns of watched tables that no verdict depends on, that no act changes, or that a watched one changes with. */
const UNWATCHED: Readonly<Record<keyof typeof WATCHED, readonly string[]>> = {
  developer_tokens: words(
    'secret_hash creation_key group_id updated_at expiry_notice_days',
    'replaced_by_id replaces_id made_by_id last_used_at last_used_address last_used_agent',
  ),
  users: words(
    'email name search_name bio location email_verified_at proof_epoch is_operator',
    'password_hash password_changed_at first_sign_in_at last_seen_at updated_at',
    'deletion_requested_at deletion_due_at deletion_requested_by deletion_heir_id',
    'suspended_before_at erasure_started_at erased_at',
  ),
  memberships: [],
  apps: words(
    'type search_name creation_key group_id grants_ended_at updated_at',
    ...WRITTEN_FOR_PEOPLE,
  ),
  client_secrets: words('owner_id made_by_id secret_hash creation_key transferred_at last_used_at'),
  // Scopes of a grant that grow give nothing to what was issued before; those that it loses, its families lose.
  grants: words(
    'scopes declined_scopes resources app_revision group_id access_epoch updated_at last_used_at',
  ),
  token_families: words(
    'access_token_id generation refresh_hash previous_hash rotation_salt',
    'rotated_at rotated_network rotated_agent rotated_generation',
    'repeats repeats_elsewhere refresh_expires_at ends_at',
  ),
  access_tokens: words('family_id secret_id generation secret_hash expires_at'),
};

/** Tables that are no part of a verdict, and of which nothing is remembered of clients. */
const NOT_READ: ReadonlySet<string> = new Set([
  ...words(
    'accounts teams sessions proofs attempts devices events outbox',
    'signing_keys access_counter access_changes schema_versions installation',
    'list_counts list_groups token_uses token_addresses grant_uses',
    'returns app_offers sent_forms interactions authorization_codes',
  ),
  // A row of it is written together with the fact about its user.
  'access_ends',
]);

/** Another test compares them with the columns of a database. */
function columnsOf({ exported }: TableOfPerson): readonly string[] {
  if ('notExported' in exported) return [];
  return [...exported.columns, ...Object.keys(exported.leftOut ?? {})];
}

function faultsOf(table: string, entry: TableOfPerson): readonly string[] {
  if (!isWatched(table)) return NOT_READ.has(table) ? [] : [`${table}: is a verdict read from it?`];
  const known: readonly string[] = [...WATCHED[table].columns, ...UNWATCHED[table], ...FIXED];
  return columnsOf(entry)
    .filter((column) => !known.includes(column))
    .map((column) => `${table}.${column}: does a verdict depend on it?`);
}

const isWatched = (table: string): table is keyof typeof WATCHED => Object.hasOwn(WATCHED, table);

test('every column that a verdict may depend on is watched, or is said to be none', () => {
  const entries = Object.entries<TableOfPerson>(PERSONAL_DATA);
  assert.deepEqual(
    entries.flatMap(([table, entry]) => faultsOf(table, entry)),
    [],
  );
  const { memberships } = PERSONAL_DATA;
  const wider = { ...memberships, exported: { section: 'x', order: [], columns: ['until'] } };
  assert.deepEqual(faultsOf('memberships', wider), [
    'memberships.until: does a verdict depend on it?',
  ]);
  assert.deepEqual(faultsOf('badges', memberships), ['badges: is a verdict read from it?']);
});

test('the reference of the tables names every kind of change, and no other', () => {
  const file = new URL('../../../../docs/reference/storage-schema.md', import.meta.url);
  const [, section = ''] = readFileSync(file, 'utf8').split('\n## `access_changes`\n');
  const [, row = ''] = /^\| `kind` *\| text *\| (.+)\|$/m.exec(section) ?? [];
  const named = [...row.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
  assert.deepEqual(named.toSorted(), Object.keys(CHANGE_KINDS).toSorted());
});
