/** No stored text can be forgotten by the rule for what one person types and another reads. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { columnOf, TEXT_FIELDS } from '../../src/oauth/clients/fields.ts';
import { STRANGERS_TEXT, type StrangersText } from '../../src/kit/stranger-text.ts';
import { ENGINES } from '../storage/places.ts';
import { currentSchema, type Tables } from '../storage/real-schema.ts';

/** Judged when it is written: the entry of the table of rules that does. */
const JUDGED: Readonly<Record<string, StrangersText>> = {
  // Links are parsed as addresses.
  ...Object.fromEntries(
    TEXT_FIELDS.filter(({ kind }) => kind === 'prose').map(
      ({ name }) => [`apps.${columnOf(name)}`, 'app description'] as const,
    ),
  ),
  'users.name': 'person name',
  'users.location': 'person location',
  'users.bio': 'person bio',
  'apps.name': 'app name',
  'developer_tokens.description': 'token description',
};

/** Not judged, because whoever sends it cannot be asked for another; shown safely all the same. */
const SHOWN_SAFELY: Readonly<Record<string, string>> = {
  'users.search_name': 'made of the name, and never shown',
  'apps.search_name': 'made of the name, and never shown',
  'accounts.display_name': 'made of the name of a person, which was judged',
  'teams.name': 'nothing writes it but the program',
  'sessions.agent': 'a header of a browser: the template shows what is hidden in it',
  'developer_tokens.last_used_agent': 'a header of a client: the template shows what is hidden',
  'token_addresses.agent': 'a header of a client: the template shows what is hidden',
  'events.details': 'facts, and names as they were judged; the words of events isolate them',
  'outbox.notice': 'facts, and texts that were judged; messages quote, bound and isolate them',
  'outbox.last_error': 'the words of a mail server, which operators read through the template',
};

/** Compared with a list, parsed as an address or made by the program. */
const NOT_TYPED: readonly RegExp[] = [
  /\.(id|[a-z_]+_id|code_challenge)$/,
  /\.(type|resource_type|source|client|outcome|role|purpose|amr|proved_by|cause)$/,
  /\.([a-z_]*scopes|resources)$/,
  /\.(email|address|last_used_address|redirect_uris?|path)$/,
  ...TEXT_FIELDS.filter(({ kind }) => kind === 'link').map(
    ({ name }) => new RegExp(`^apps\\.${columnOf(name)}$`),
  ),
  /\.(password_hash|creation_key)$/,
  /^apps\.(grant_types|token_endpoint_auth_method|jwks)$/,
  /^list_(counts\.(list|owner)|groups\.(list|scopes_key))$/,
  /^access_changes\.kind$/,
  /^schema_versions\.(migration|version)$/,
  /^signing_keys\.(algorithm|public_key|sealed_key)$/,
  /^(attempts\.key|installation\.(key|value)|users\.deletion_requested_by)$/,
];

/** What is wrong with the lists, compared with the tables of a database. */
function faults(real: Tables): readonly string[] {
  const texts = Object.entries(real).flatMap(([table, { columns }]) =>
    Object.entries(columns)
      .filter(([, type]) => type.startsWith('text'))
      .map(([column]) => `${table}.${column}`),
  );
  const listed = [...Object.keys(JUDGED), ...Object.keys(SHOWN_SAFELY)];
  return [
    ...texts
      .filter((column) => !listed.includes(column) && !NOT_TYPED.some((one) => one.test(column)))
      .map((column) => `${column}: give it a rule, or say why it is shown safely without one`),
    ...listed.filter((column) => !texts.includes(column)).map((column) => `${column}: is gone`),
    ...listed
      .filter((column) => NOT_TYPED.some((one) => one.test(column)))
      .map((column) => `${column}: is said to be typed and not to be`),
  ];
}

for (const engine of ENGINES) {
  describe(engine, () => {
    test('every text that is stored has a rule, or a reason to have none', async () => {
      const real = await currentSchema(engine);
      assert.deepEqual(faults(real), []);
      const table = { columns: { label: 'text?' }, key: [], references: {}, indexes: {} };
      assert.deepEqual(faults({ ...real, client_labels: table }), [
        'client_labels.label: give it a rule, or say why it is shown safely without one',
      ]);
    });
  });
}

test('every rule judges a column', () => {
  assert.deepEqual([...new Set(Object.values(JUDGED))].sort(), Object.keys(STRANGERS_TEXT).sort());
});
