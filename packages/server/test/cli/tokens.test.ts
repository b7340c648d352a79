import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseCredential } from '../../src/oauth/tokens/format.ts';
import { Gatehouse } from './gatehouse.ts';

const gatehouse = new Gatehouse();
before(() => gatehouse.user('ada@example.com'));
after(() => gatehouse.remove());

const DAY = 86_400_000;

interface Record {
  readonly id: string;
  readonly state: string;
  readonly scopes: readonly string[];
  readonly inserted_at: string;
  readonly expires_at: string | null;
  readonly token?: string;
}

const create = (...options: string[]) =>
  gatehouse.run(['token', 'create', 'ada@example.com', '--description', 'nightly', ...options]);

async function created(...options: string[]): Promise<Record> {
  const { code, stdout, stderr } = await create(...options, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

async function list(...options: string[]): Promise<readonly Record[]> {
  return JSON.parse(await gatehouse.done(['token', 'list', '--json', ...options]));
}

const daysOf = ({ expires_at: to, inserted_at: from }: Record): number =>
  (Date.parse(to ?? '') - Date.parse(from)) / DAY;

test('nothing but the new token is on standard output, and none of it elsewhere', async () => {
  const { code, stdout, stderr } = await create('--scopes', 'asset.read, project.read');
  assert.equal(code, 0);
  const credential = parseCredential('gate', stdout.slice(0, -1));
  assert.ok(credential !== null && stdout.endsWith('\n'));
  assert.match(stderr, new RegExp(`^Token ${credential.id} for ada@example.com, until 20`));
  assert.equal(stderr.split('\n').length, 2);
  assert.doesNotMatch(stderr, /gate_pat_/);
});

test('as JSON the token stands in its record, and in no other', async () => {
  const made = await created('--scopes', 'asset.read');
  assert.equal(parseCredential('gate', made.token ?? '')?.id, made.id);
  assert.deepEqual(
    { state: made.state, scopes: made.scopes },
    { state: 'active', scopes: ['asset.read'] },
  );
  const all = await gatehouse.done(['token', 'list', '--json']);
  assert.doesNotMatch(all, /gate_pat_|secret|hash/);
});

test('scopes come by name, by preset and as all that the role allows', async () => {
  await gatehouse.user('vera@example.com');
  await gatehouse.done(['user', 'role', 'vera@example.com', 'viewer']);
  const named = ['token', 'create', 'vera@example.com', '--description', 'x', '--json'];
  const make = (...options: string[]) => gatehouse.run([...named, ...options]);
  const all: Record = JSON.parse((await make('--all-scopes')).stdout);
  assert.ok(all.scopes.includes('asset.read') && !all.scopes.includes('asset.create'));
  assert.ok(!all.scopes.includes('offline'), 'a scope for apps alone');
  const upload: Record = JSON.parse((await make('--preset', 'upload')).stdout);
  assert.deepEqual(upload.scopes, ['account.read', 'team.read', 'project.read', 'asset.read']);
  const beyond = await make('--scopes', 'asset.delete');
  assert.equal(beyond.code, 1);
  assert.match(
    beyond.stderr,
    /^gatehouse: --scopes: The user's role, viewer, does not allow asset\.delete\./,
  );
});

test('a token lives 90 days, the days it is given, or without an end', async () => {
  assert.equal(daysOf(await created('--all-scopes')), 90);
  assert.equal(daysOf(await created('--all-scopes', '--expires', '7')), 7);
  assert.equal((await created('--all-scopes', '--expires', 'never')).expires_at, null);
});

test('the policy of the configuration bounds it', async () => {
  gatehouse.write('strict.yaml', 'tokens: { longest_life_days: 30, allow_never: false }\n');
  const strict = ['--all-scopes', '--config', 'strict.yaml'];
  assert.equal(daysOf(await created(...strict)), 30);
  const { code, stderr } = await create(...strict, '--expires', '31');
  assert.equal(code, 1);
  assert.match(stderr, /--expires: Tokens live at most 30 days here\./);
});

test('what cannot be made is refused in words', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--scopes', 'asset.fly'], /There is no scope asset\.fly/],
    [['--scopes', ' , '], /Choose at least one scope/],
    [['--preset', 'nothing'], /there is no preset "nothing"; there are "Read only", /],
  ];
  for (const [options, reason] of cases) {
    const { code, stdout, stderr } = await create(...options);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.match(stderr, reason);
  }
  const named = ['token', 'create', 'nobody@example.com', '--description', 'x', '--all-scopes'];
  assert.equal((await gatehouse.run(named)).code, 1);
});

test('a suspended user gets none, nor one without a role in the account', async () => {
  await gatehouse.user('sue@example.com');
  const named = ['token', 'create', 'sue@example.com', '--description', 'x', '--all-scopes'];
  const make = (...options: string[]) => gatehouse.run([...named, ...options]);
  const elsewhere = await make('--account-of', 'ada@example.com');
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.stderr, /sue@example\.com has no role in this account/);
  await gatehouse.done(['user', 'suspend', 'sue@example.com']);
  const { code, stderr } = await make();
  assert.equal(code, 1);
  assert.match(stderr, /sue@example\.com is suspended; "gatehouse user resume" lifts it/);
});

test('options that are missing, wrong or at odds are mistakes of use', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /say what the token may do: --scopes, --preset or --all-scopes/],
    [['--all-scopes', '--preset', 'Upload'], /cannot be used with/],
    [['--all-scopes', '--expires', 'soon'], /Expected a whole number of days, or "never"/],
  ];
  for (const [options, reason] of cases) {
    const { code, stdout, stderr } = await create(...options);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.match(stderr, reason);
  }
});

test('tokens are listed for all users, for one, and without those that ended', async () => {
  await gatehouse.user('lea@example.com');
  await gatehouse.token('lea@example.com');
  const gone = parseCredential('gate', await gatehouse.token('lea@example.com'));
  assert.ok(gone !== null);
  await gatehouse.done(['token', 'revoke', gone.id]);
  assert.equal((await list('--user', 'lea@example.com')).length, 2);
  assert.equal((await list('--user', 'lea@example.com', '--live')).length, 1);
  const states = (await list('--live')).map(({ state }: { state: string }) => state);
  assert.ok(states.length > 0 && !states.includes('revoked'));
  assert.ok((await list()).length > 2);
  const text = await gatehouse.done(['token', 'list', '--user', 'lea@example.com']);
  assert.match(text, /^ID +STATE +USER +SCOPES +EXPIRES +LAST USED +DESCRIPTION\n/);
  assert.match(text, new RegExp(`^${gone.id} +revoked +lea@example.com`, 'm'));
  assert.equal((await gatehouse.run(['token', 'list', '--user', 'nobody@example.com'])).code, 1);
});

test('a token is revoked by its id, or as a whole from standard input', async () => {
  const [first, second] = [await created('--all-scopes'), await created('--all-scopes')];
  const revoked = await gatehouse.json(['token', 'revoke', first.id]);
  assert.partialDeepStrictEqual(revoked, { id: first.id, state: 'revoked' });
  const piped = await gatehouse.json(['token', 'revoke', '-'], `${second.token}\n`);
  assert.partialDeepStrictEqual(piped, { id: second.id, state: 'revoked' });
  assert.match(await gatehouse.done(['token', 'revoke', first.id]), /revoked/);
});

test('what is no token here is refused, and never repeated', async () => {
  const { token = '', id } = await created('--all-scopes');
  for (const value of [token, token.slice(0, -7), token.replace('_pat_', '_oat_')]) {
    const byValue = await gatehouse.run(['token', 'revoke', value]);
    assert.deepEqual([byValue.code, byValue.stdout], [2, '']);
    assert.match(
      byValue.stderr,
      /expected the id .* a whole token is read from standard input: give "-"/,
    );
    assert.ok(!byValue.stderr.includes(id));
  }
  const broken = await gatehouse.run(['token', 'revoke', '-'], `${token.slice(0, -1)}\n`);
  assert.equal(broken.code, 1);
  assert.equal(broken.stderr, 'gatehouse: this is not a token of this installation\n');
  assert.equal((await gatehouse.run(['token', 'revoke', 'AAAAAAAAAAAA'])).code, 1);
});

test('a token that was found in public ends as exposed, with what it made; its owner is told', async () => {
  await gatehouse.user('eva@example.com');
  const asked = ['token', 'create', 'eva@example.com', '--description', 'x', '--all-scopes'];
  const made = async (): Promise<Record> => JSON.parse(await gatehouse.done([...asked, '--json']));
  const [byId, whole] = [await made(), await made()];
  const exposed = await gatehouse.json(['token', 'expose', byId.id]);
  assert.partialDeepStrictEqual(exposed, { id: byId.id, state: 'exposed' });
  const piped = await gatehouse.json(['token', 'expose', '-'], `${whole.token}\n`);
  assert.partialDeepStrictEqual(piped, { id: whole.id, state: 'exposed' });
  const again = await gatehouse.json(['token', 'expose', byId.id]);
  assert.deepEqual(again, exposed, 'once more changes nothing');
  const asArgument = await gatehouse.run(['token', 'expose', whole.token ?? '']);
  assert.deepEqual([asArgument.code, asArgument.stdout], [2, '']);
  assert.equal((await gatehouse.run(['token', 'expose', 'AAAAAAAAAAAA'])).code, 1);
  const { base } = await gatehouse.serve();
  const answer = await fetch(`${base}/v2/me`, {
    headers: { authorization: `Bearer ${whole.token}` },
  });
  assert.equal(answer.status, 401);
  assert.match(await answer.text(), /found in public.*"reason":"token_exposed"/);
  const letters = await (await fetch(`${base}/dev/mailbox`)).text();
  assert.equal(letters.match(/tokens was found in public/g)?.length, 2);
});
