/** Whatever an app says of itself by its description goes the whole way: form, page, API, log, row, export and erasure. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  BLANK_FORM,
  columnOf,
  columnsOfForm,
  FIELD_NAMES,
  fieldOf,
  formOfColumns,
  NO_TEXTS,
  TEXT_FIELDS,
} from '../../src/oauth/clients/fields.ts';
import { nameOfField } from '../../src/portal/ui/field-names.ts';
import { APPS } from '../../src/storage/personal-data/programs.ts';
import { GOOD, make, userOf } from '../flows/app-people.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { unescape, type WebVisitor } from '../support/visitor.ts';

let running: RunningApp;
let ada: WebVisitor;
let token: string;

before(async () => {
  running = await startApp();
  ada = await signUp(running, 'ada@example.com');
  const user = await userOf(running, 'ada@example.com');
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: user.id } as const;
  const made = await running.app.tokens.create(
    {
      description: 'all of it',
      scopes: ['account.read', 'asset.read', 'asset.create'],
      lifeSeconds: null,
      accountId: user.accountId,
      creationKey: crypto.randomUUID(),
    },
    { user, origin, ceiling: null },
  );
  assert.equal(made.outcome, 'created');
  token = made.value;
});
after(() => running.stop());

async function api(method: string, path: string, body?: object) {
  const response = await fetch(running.base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  const json: any = await response.json();
  return { status: response.status, json };
}

const changesOf = async (id: string) => {
  const { items } = await running.app.storage.events.list(
    { resourceId: id },
    { page: 1, pageSize: 50 },
  );
  return items.filter(({ type }) => type === 'oauth_app_updated').map(({ details }) => details);
};

for (const { name, wire, kind, label, isLogged } of TEXT_FIELDS) {
  const [typed, later] =
    kind === 'link'
      ? ['https://films.example.com/one', 'https://films.example.com/two']
      : ['Says one thing', 'Says another'];

  test(`${wire} is written in the form and by the API, shown by both, logged and kept`, async () => {
    const { id } = await make(ada, { ...GOOD, [wire]: typed });
    const stored = async () => (await running.app.storage.apps.byId(id))?.[name];
    assert.equal(await stored(), typed);
    const form = await ada.get(`/apps/${id}/edit`);
    assert.ok(form.text.includes(`${label} (optional)`), form.text);
    const [, value] = new RegExp(`name="${wire}"[^>]*value="([^"]*)"`).exec(form.html) ?? [];
    assert.equal(unescape(value ?? ''), typed);
    assert.ok((await ada.get(`/apps/${id}`)).text.includes(typed));
    assert.equal((await api('GET', `/v2/apps/${id}`)).json[wire], typed);
    const changed = await api('PATCH', `/v2/apps/${id}`, { [wire]: later });
    assert.deepEqual([changed.status, changed.json[wire], await stored()], [200, later, later]);
    const kept = await api('PATCH', `/v2/apps/${id}`, { name: 'Renamed' });
    assert.equal(kept.json[wire], later);
    const [, first] = await changesOf(id);
    const both = { [`${name}_before`]: typed, [name]: later };
    if (isLogged === 'both') assert.partialDeepStrictEqual(first, both);
    const cleared = await api('PATCH', `/v2/apps/${id}`, { [wire]: null });
    assert.deepEqual([cleared.status, cleared.json[wire], await stored()], [200, null, null]);
    const wrong = await api('PATCH', `/v2/apps/${id}`, {
      [wire]: kind === 'link' ? 'x' : 'a\u202eb',
    });
    assert.deepEqual(
      wrong.json.errors.map(({ field }: { field: string }) => field),
      [wire],
    );
  });

  test(`${wire} is in an export, is erased with its owner, and is named in a list of faults`, () => {
    const columns: readonly string[] = APPS.apps.exported.columns;
    assert.ok(columns.includes(columnOf(name)));
    assert.ok(Object.hasOwn(NO_TEXTS, columnOf(name)));
    assert.equal(nameOfField(wire), label);
  });
}

test('an app that says nothing is kept and read back as one that says nothing', () => {
  const columns = columnsOfForm(BLANK_FORM, (scopes) => scopes);
  for (const { name } of TEXT_FIELDS) assert.equal(columns[name], null);
  assert.deepEqual(formOfColumns(columns), BLANK_FORM);
  assert.equal(new Set(FIELD_NAMES.map((name) => fieldOf(name).wire)).size, FIELD_NAMES.length);
});

test('the log says what an app was and became where an investigation asks for it, and no more', async () => {
  const { id } = await make(ada);
  const body = {
    name: 'Other',
    redirect_uris: ['https://app.example.com/other'],
    scopes: ['account.read'],
    optional_scopes: [],
    access_seconds: 600,
  };
  assert.equal((await api('PATCH', `/v2/apps/${id}`, body)).status, 200);
  const [details] = await changesOf(id);
  assert.deepEqual(Object.keys(details ?? {}).toSorted(), [
    'name',
    'name_before',
    'optionalScopes',
    'optionalScopes_before',
    'redirectUris',
    'redirectUris_before',
    'scopes',
    'scopes_before',
  ]);
});
