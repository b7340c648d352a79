/** Everything that the server says about a token, compared. */
import assert from 'node:assert/strict';
import { subjectOf } from '../../src/identity/accounts/export.ts';
import { unescape } from '../support/visitor.ts';
import { idOf, type Calling, type History } from './history.ts';

/** Of JSON; tests assert on what they expect of it. */
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

interface Answer {
  readonly status: number;
  readonly json: Json;
  readonly headers: Headers;
}

async function api({ place }: History, path: string, token: string): Promise<Answer> {
  const answer = await fetch(place.base + path, { headers: { authorization: `Bearer ${token}` } });
  const json: Json = await answer.json();
  return { status: answer.status, json, headers: answer.headers };
}

/** Endpoints that need a scope, by the name that the code of the server has for it. */
const ENDPOINTS = { '/v2/accounts': 'account.read', '/v2/teams': 'team.read' } as const;

/** States of a token as it is shown, by the reason with which it is refused. */
const STATES: Readonly<Record<string, string>> = {
  token_expired: 'expired',
  token_revoked: 'revoked',
  token_disabled: 'disabled',
};

export async function assertAgreement(history: History): Promise<void> {
  const lists = {
    tokens: await listed(history, 'tokens'),
    grants: await listed(history, 'grants'),
  };
  for (const calling of history.calling) await assertOfToken(history, calling, lists.tokens);
  await assertConnection(history, lists.grants);
  await assertServicePage(history);
}

async function assertOfToken(
  history: History,
  calling: Calling,
  listedTokens: readonly Json[],
): Promise<void> {
  const token = await api(history, '/v2/token', calling.value);
  const me = await api(history, '/v2/me', calling.value);
  const { place, resourceServer } = history;
  const { json: told } = await place.ask('introspect', { token: calling.value }, resourceServer);
  if (token.status === 200) {
    assertActive(token.json, told);
    if (calling.kind === 'service') assert.equal(reasonOf(me), 'user_required');
    else assert.equal(me.status, 200, JSON.stringify(me.json));
    await assertEndpoints(history, calling, token.json);
  } else {
    assert.equal(token.status, 401, JSON.stringify(token.json));
    assert.deepEqual(told, { active: false });
    for (const path of ['/v2/me', ...Object.keys(ENDPOINTS)])
      assert.equal(reasonOf(await api(history, path, calling.value)), reasonOf(token), path);
  }
  if (calling.kind !== 'pat') return;
  const lists = listedTokens.filter(({ id }) => id === idOf(calling.value));
  await assertShown(history, { id: idOf(calling.value), lists }, token);
}

const reasonOf = ({ json }: Answer): string | undefined => json.errors?.[0]?.reason;

function assertActive(token: Json, told: Json): void {
  assert.equal(told.active, true);
  assert.equal(told.scope, token.scopes.join(' '), 'introspection and /v2/token');
  assert.equal(told.jti, token.id);
  assert.equal(told.sub, token.user_id ?? token.client_id);
  assert.equal(told.account_id, token.account_id);
  assert.equal(told.role ?? null, token.role);
  assert.equal(told.client_id ?? null, token.client_id);
  assert.equal(told.iat, Date.parse(token.inserted_at) / 1000);
  assert.equal(told.exp ?? null, token.expires_at && Date.parse(token.expires_at) / 1000);
}

/** An endpoint lets in whom `/v2/token` says it lets in, and names what is missing as `/v2/token` does. */
async function assertEndpoints(history: History, calling: Calling, token: Json): Promise<void> {
  const catalogue = history.place.modules.catalogues.current();
  for (const [path, named] of Object.entries(ENDPOINTS)) {
    const answer = await api(history, path, calling.value);
    if (calling.kind === 'service') {
      assert.equal(reasonOf(answer), 'user_required');
      continue;
    }
    const needed = catalogue.formerNames.current(named);
    if (token.scopes.includes(needed)) {
      assert.equal(answer.status, 200, `${path} ${JSON.stringify(answer.json)}`);
      continue;
    }
    assert.equal(answer.status, 403, path);
    const [problem] = answer.json.errors;
    assert.deepEqual(problem.missing_scopes, [needed]);
    assert.match(answer.headers.get('www-authenticate') ?? '', new RegExp(`scope="${needed}"`));
    const isGone = catalogue.get(needed) === undefined;
    assert.equal(/catalogue of this server has no/.test(problem.detail), isGone, problem.detail);
    if (token.token_scopes.includes(needed))
      assert.deepEqual(
        problem.missing_by_role,
        token.missing_by_role.filter((name: string) => name === needed),
      );
    const isByRole = problem.missing_by_role.length > 0;
    assert.equal(problem.reason, isByRole ? 'role_insufficient' : 'scope_missing');
  }
}

/** Lists, pages and the command line's records, of a developer token. */
async function assertShown(
  history: History,
  { id, lists }: { readonly id: string; readonly lists: readonly Json[] },
  token: Answer,
): Promise<void> {
  const { modules } = history.place;
  const row = await modules.storage.tokens.byId(id);
  assert.ok(row !== null);
  for (const one of lists) assert.deepEqual(one.scopes, row.scopes, '/v2/tokens');
  const html = await history.pageOf(`/tokens/${id}`);
  const page = html === null ? null : scopesOn(html);
  if (page !== null) assert.deepEqual(page.names, row.scopes, 'the page of the token');
  const expected = STATES[reasonOf(token) ?? ''];
  if (expected !== undefined) {
    for (const one of lists) assert.equal(one.state, expected);
    if (html !== null) assert.match(html, new RegExp(`>\\s*${expected}\\s*<`, 'i'));
  }
  if (token.status !== 200) return;
  const { json } = token;
  assert.deepEqual(json.token_scopes, row.scopes, '/v2/token and /v2/tokens');
  for (const one of lists) assert.equal(one.state, json.state);
  const gone = modules.catalogues.current().gone(row.scopes);
  const missing = new Set([...json.missing_by_role, ...gone]);
  assert.deepEqual(
    json.scopes,
    row.scopes.filter((name) => !missing.has(name)),
  );
  if (page === null) return;
  assert.deepEqual(page.beyondRole, json.missing_by_role);
  assert.deepEqual(page.gone, gone);
}

/** The entries of the lists that each developer token may see. */
async function listed(history: History, name: 'tokens' | 'grants'): Promise<readonly Json[]> {
  const found: Json[] = [];
  for (const { value, kind } of history.calling) {
    if (kind !== 'pat') continue;
    const { status, json } = await api(history, `/v2/${name}?page_size=100`, value);
    if (status === 200) found.push(...json);
  }
  return found;
}

/** What the person allowed the app: API, page and the app's tokens. */
async function assertConnection(history: History, lists: readonly Json[]): Promise<void> {
  const { place, user, web } = history;
  const key = { userId: user.id, clientId: web.app.id, accountId: user.accountId };
  const grant = await place.modules.storage.grants.find(key);
  if (grant === null) return;
  for (const one of lists.filter(({ id }) => id === grant.id))
    assert.deepEqual(one.scopes, grant.scopes, '/v2/grants');
  const html = await history.pageOf(`/connections/${grant.id}`);
  const page = html === null ? null : scopesOn(html);
  if (page !== null) assert.deepEqual(page.names, grant.scopes, 'the page of the connection');
  for (const { value, kind } of history.calling) {
    const { status, json } = await api(history, '/v2/token', value);
    if (kind !== 'oat' || status !== 200) continue;
    const gone = place.modules.catalogues.current().gone(json.token_scopes);
    const missing = new Set([...json.missing_by_role, ...gone]);
    const left = json.token_scopes.filter(
      (name: string) => grant.scopes.includes(name) && !missing.has(name),
    );
    assert.deepEqual(json.scopes, left, 'an access token and its consent');
    for (const name of page === null ? [] : json.scopes)
      assert.ok(!page?.beyondRole.includes(name) && !page?.gone.includes(name), name);
    for (const name of page === null ? [] : json.missing_by_role)
      assert.equal(page?.names.includes(name), page?.beyondRole.includes(name), name);
  }
}

async function assertServicePage(history: History): Promise<void> {
  const { app } = history.service;
  const html = await history.pageOf(`/apps/${app.id}`);
  if (html === null) return;
  const page = scopesOn(html);
  const { modules } = history.place;
  assert.deepEqual(
    page.gone,
    modules.catalogues.current().gone((await modules.storage.apps.byId(app.id))?.scopes ?? []),
  );
  for (const { value, kind } of history.calling) {
    const { status, json } = await api(history, '/v2/token', value);
    if (kind !== 'service' || status !== 200) continue;
    for (const name of json.scopes)
      assert.ok(page.names.includes(name) && !page.beyondRole.includes(name), name);
    for (const name of json.missing_by_role)
      assert.equal(page.names.includes(name), page.beyondRole.includes(name), name);
  }
}

interface OnPage {
  readonly names: readonly string[];
  readonly beyondRole: readonly string[];
  readonly gone: readonly string[];
}

/** What a list of scopes says, of each whether it works. */
function scopesOn(html: string): OnPage {
  const [, list = ''] = /<ul class="scope-list">([^]*?)<\/ul>/.exec(html) ?? [];
  const items = [...list.matchAll(/<li>([^]*?)<\/li>/g)].map(([, item = '']) => item);
  const nameOf = (item: string): string => unescape(/<code[^>]*>([^<]*)</.exec(item)?.[1] ?? '');
  const named = (words: RegExp): readonly string[] =>
    items.filter((item) => words.test(item)).map(nameOf);
  return {
    names: items.map(nameOf),
    beyondRole: named(/not allowed by (your|its owner’s) role now/),
    gone: named(/no longer offered here/),
  };
}

/** All that a file of the person names: never what a scope was called before. */
export async function assertExport({ place, user }: History): Promise<void> {
  const { modules } = place;
  for await (const { section, rows } of modules.storage.personalData.read(subjectOf(user)))
    for (const row of rows)
      for (const column of ['scopes', 'optional_scopes', 'declined_scopes'])
        assert.deepEqual(
          row[column] ?? [],
          modules.catalogues
            .current()
            .formerNames.currentOf((row[column] ?? []) as readonly string[]),
          `${section}.${column}`,
        );
}
