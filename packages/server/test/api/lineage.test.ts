/** A leaked token must not survive its revocation through tokens that it made. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { User } from '../../src/identity/types.ts';
import { ALL, startApi, type RunningApi } from '../support/api.ts';

let api: RunningApi;
let ada: User;
let nextUser = 0;

before(async () => {
  api = await startApi((config) => ({
    ...config,
    tokens: { ...config.tokens, mostPerUser: 10_000 },
    rateLimit: { ...config.rateLimit, requests: 100_000 },
  }));
  ada = await api.user('ada@example.com');
});
after(() => api.stop());

interface Made {
  readonly id: string;
  readonly value: string;
}

async function make(token: string): Promise<Made> {
  const body = { description: 'made by API', scopes: ['asset.read'], expires_in: 3600 };
  const { status, json, text } = await api.send('/v2/tokens', { method: 'POST', token, body });
  assert.equal(status, 201, text);
  return { id: json.id, value: json.token };
}

async function rotate(token: string, id: string, overlap = 3600): Promise<Made> {
  const body = { overlap_seconds: overlap };
  const path = `/v2/tokens/${id}/rotate`;
  const { status, json, text } = await api.send(path, { method: 'POST', token, body });
  assert.equal(status, 201, text);
  return { id: json.id, value: json.token };
}

const statusOf = async ({ value }: Made): Promise<number> =>
  (await api.send('/v2/me', { token: value })).status;

const portal = (user: User) => ({
  user,
  origin: {
    source: 'portal',
    client: 'web/x',
    address: null,
    actorId: user.id,
  } as const,
  ceiling: null,
});

const revoke = (made: Made, user = ada) =>
  api.modules.tokens.switch({ id: made.id, act: 'revoke' }, portal(user));

test('a token that a token made names its maker; one that a person made names none', async () => {
  const parent = await api.token(ada);
  const child = await make(parent.value);
  const shown = async (id: string) =>
    (await api.send(`/v2/tokens/${id}`, { token: parent.value })).json;
  assert.equal((await shown(child.id)).made_by_id, parent.id);
  assert.equal((await shown(parent.id)).made_by_id, null);
});

test('revoking a token revokes all that it made, transitively and at once, and nothing else', async () => {
  const parent = await api.token(ada);
  const other = await api.token(ada);
  const child = await make(parent.value);
  const grandchild = await make(child.value);
  const sibling = await make(other.value);
  // All are in the checker's memory before.
  for (const made of [parent, child, grandchild, other, sibling]) {
    assert.equal(await statusOf(made), 200);
  }
  await revoke(parent);
  for (const made of [parent, child, grandchild]) assert.equal(await statusOf(made), 401);
  for (const made of [other, sibling]) assert.equal(await statusOf(made), 200);
});

test('every revocation has its event, which names the token it came with', async () => {
  const parent = await api.token(ada);
  const child = await make(parent.value);
  await revoke(parent);
  const eventsOf = async (resourceId: string) =>
    (await api.modules.storage.events.list({ resourceId }, { page: 1, pageSize: 1 })).items[0];
  const own = await eventsOf(parent.id);
  const came = await eventsOf(child.id);
  assert.equal(own?.type, 'user_token_deleted');
  assert.equal(own?.details['revoked_with'], undefined);
  assert.equal(came?.type, 'user_token_deleted');
  assert.equal(came?.details['revoked_with'], parent.id);
});

test('a token that ended by itself still takes along what it made', async () => {
  const root = await api.token(ada);
  const middle = await make(root.value);
  const leaf = await make(middle.value);
  await rotate(root.value, middle.id, 0);
  assert.equal(await statusOf(middle), 401, 'the middle has expired');
  assert.equal(await statusOf(leaf), 200);
  await revoke(middle);
  assert.equal(await statusOf(leaf), 401);
});

test('a token that rotates itself does not escape', async () => {
  const leaked = await api.token(ada);
  const successor = await rotate(leaked.value, leaked.id, 604_800);
  const further = await rotate(successor.value, successor.id);
  await revoke(leaked);
  for (const made of [leaked, successor, further]) assert.equal(await statusOf(made), 401);
});

test('a token that rotates another holds its successor, and ends with it', async () => {
  const helper = await api.token(ada);
  const other = await api.token(ada);
  const successor = await rotate(helper.value, other.id);
  await revoke(helper);
  assert.equal(await statusOf(successor), 401);
});

test("a person's rotation inherits the maker and is safe from the end of the old token", async () => {
  const maker = await api.token(ada);
  const old = await make(maker.value);
  const asked = { id: old.id, overlapSeconds: 3600, creationKey: crypto.randomUUID() };
  const rotated = await api.modules.tokens.rotate(asked, portal(ada));
  assert.equal(rotated.outcome, 'rotated');
  if (rotated.outcome !== 'rotated') return;
  assert.equal(rotated.token.madeById, maker.id);
  const successor = { id: rotated.token.id, value: rotated.value };
  await revoke(old);
  assert.equal(await statusOf(successor), 200);
  await revoke(maker);
  assert.equal(await statusOf(successor), 401);
});

test('an operator, a report of exposure and the bulk page end what was made as well', async () => {
  const { tokens, storage } = api.modules;
  const origin = { source: 'cli', client: 'cli/root', address: null, actorId: null } as const;
  const pair = async () => {
    const parent = await api.token(ada);
    return { parent, child: await make(parent.value) };
  };
  const byOperator = await pair();
  await tokens.revokeForOwner({ id: byOperator.parent.id, by: 'Grace' }, { origin });
  assert.equal(await statusOf(byOperator.child), 401);
  const { items } = await storage.outbox.list('all', { page: 1, pageSize: 1 });
  const notice = items[0]?.notice;
  assert.ok(notice?.kind === 'token-revoked');
  assert.equal(notice.madeByIt, 1);

  const exposed = await pair();
  await tokens.exposeForOwner({ id: exposed.parent.id, by: 'a secret scanner' }, { origin });
  const refused = await api.send('/v2/me', { token: exposed.parent.value });
  assert.equal(refused.json.errors[0].reason, 'token_exposed');
  assert.ok(refused.json.errors[0].exposed_at);
  const child = await api.send('/v2/me', { token: exposed.child.value });
  assert.equal(child.json.errors[0].reason, 'token_revoked');

  const bulk = [await pair(), await pair()];
  const ids = bulk.map(({ parent }) => parent.id);
  assert.equal(await tokens.revokeMany(ids, portal(ada)), 4);
  for (const { child } of bulk) assert.equal(await statusOf(child), 401);
});

test('what a token made before it was rotated ends with its successor, through any number of rotations', async () => {
  const first = await api.token(ada);
  const child = await make(first.value);
  const rotateByPerson = async (id: string) => {
    const asked = { id, overlapSeconds: 0, creationKey: crypto.randomUUID() };
    const rotated = await api.modules.tokens.rotate(asked, portal(ada));
    assert.ok(rotated.outcome === 'rotated');
    return { id: rotated.token.id, value: rotated.value };
  };
  const second = await rotateByPerson(first.id);
  const other = await make(second.value);
  const third = await rotateByPerson(second.id);
  const fresh = await rotateByPerson(child.id);
  for (const made of [third, other, fresh]) assert.equal(await statusOf(made), 200);
  await revoke(third);
  for (const made of [third, other, fresh]) assert.equal(await statusOf(made), 401);
});

test('by API and by an operator too', async () => {
  for (const end of [
    (id: string, by: Made) => api.send(`/v2/tokens/${id}`, { method: 'DELETE', token: by.value }),
    (id: string) =>
      api.modules.tokens.revokeForOwner({ id, by: 'Grace' }, { origin: portal(ada).origin }),
  ]) {
    const other = await api.token(ada);
    const first = await api.token(ada);
    const child = await make(first.value);
    const asked = { id: first.id, overlapSeconds: 0, creationKey: crypto.randomUUID() };
    const rotated = await api.modules.tokens.rotate(asked, portal(ada));
    assert.ok(rotated.outcome === 'rotated');
    await end(rotated.token.id, other);
    assert.equal(await statusOf(child), 401);
  }
});

test('a successor that is revoked leaves the token before it in its overlap, unless both were meant', async () => {
  for (const withReplaced of [false, true]) {
    const first = await api.token(ada);
    const asked = { id: first.id, overlapSeconds: 86_400, creationKey: crypto.randomUUID() };
    const rotated = await api.modules.tokens.rotate(asked, portal(ada));
    assert.ok(rotated.outcome === 'rotated');
    assert.equal(await statusOf(first), 200);
    const { id } = rotated.token;
    await api.modules.tokens.switch({ id, act: 'revoke', withReplaced }, portal(ada));
    assert.equal(await statusOf(first), withReplaced ? 401 : 200);
    const { items } = await api.modules.storage.events.list(
      { resourceId: first.id },
      { page: 1, pageSize: 1 },
    );
    assert.equal(items[0]?.details['revoked_with'], withReplaced ? id : undefined);
  }
});

test('nothing that is made while a token is rotated and its line is revoked lives on', async () => {
  for (let round = 0; round < 10; round++) {
    const first = await api.token(ada);
    await statusOf(first);
    const body = { description: 'in a hurry', scopes: ['asset.read'], expires_in: 3600 };
    const makings = Array.from({ length: 4 }, () =>
      api.send('/v2/tokens', { method: 'POST', token: first.value, body }),
    );
    const asked = { id: first.id, overlapSeconds: 86_400, creationKey: crypto.randomUUID() };
    const ending = api.modules.tokens.rotate(asked, portal(ada)).then((rotated) => {
      assert.ok(rotated.outcome === 'rotated');
      const act = { id: rotated.token.id, act: 'revoke', withReplaced: true } as const;
      return api.modules.tokens.switch(act, portal(ada));
    });
    const [answers] = await Promise.all([Promise.all(makings), ending]);
    for (const { status, json, text } of answers) {
      assert.ok([201, 401, 409].includes(status), text);
      if (status === 201) assert.equal(await statusOf({ id: '', value: json.token }), 401);
    }
  }
});

test('disabling a token leaves what it made alone', async () => {
  const parent = await api.token(ada);
  const child = await make(parent.value);
  await api.modules.tokens.switch({ id: parent.id, act: 'disable' }, portal(ada));
  assert.equal(await statusOf(parent), 401);
  assert.equal(await statusOf(child), 200);
});

test('nothing is made by a token while it is being revoked that survives it', async () => {
  for (let round = 0; round < 10; round++) {
    const parent = await api.token(ada);
    await statusOf(parent);
    const body = { description: 'in a hurry', scopes: ['asset.read'], expires_in: null };
    const makings = Array.from({ length: 6 }, () =>
      api.send('/v2/tokens', { method: 'POST', token: parent.value, body }),
    );
    const [answers] = await Promise.all([Promise.all(makings), revoke(parent)]);
    for (const { status, json, text } of answers) {
      assert.ok([201, 401, 409].includes(status), text);
      if (status === 201) assert.equal(await statusOf({ id: '', value: json.token }), 401);
    }
  }
});

/** One step of a history: pick a token by number and let it act, or end it. */
const steps = fc.array(
  fc.record({
    act: fc.constantFrom('person', 'make', 'self-rotate', 'person-rotates', 'revoke'),
    who: fc.nat(30),
  }),
  { minLength: 3, maxLength: 20 },
);

test('after any history, whatever a revoked token could reach is dead and the rest is alive', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const user = await api.user(`p${nextUser++}@example.com`);
      const known: Known[] = [];
      const dead = new Set<string>();
      const isAlive = (made: Known) =>
        !dead.has(made.id) && ![...made.holders].some((id) => dead.has(id));
      for (const { act, who } of history) {
        const chosen = known.filter(isAlive).at(who % Math.max(1, known.length));
        if (act === 'person' || chosen === undefined) {
          const made = await api.token(user);
          known.push({ ...made, holders: new Set(), maker: null, line: [made.id] });
        } else if (act === 'make') {
          const holders = new Set([...chosen.holders, chosen.id]);
          const made = await make(chosen.value);
          known.push({ ...made, holders, maker: chosen.id, line: [made.id] });
        } else if (act === 'revoke') {
          await revoke(chosen, user);
          for (const { id } of endedWith(chosen, known)) dead.add(id);
        } else if (!(await isReplaced(chosen.id))) {
          known.push(await successorOf(user, chosen, act));
        }
      }
      for (const made of known) {
        assert.equal(await statusOf(made), isAlive(made) ? 200 : 401, JSON.stringify(history));
      }
      await assertAcyclic(user);
    }),
    { numRuns: 60 },
  );
});

const isReplaced = async (id: string): Promise<boolean> =>
  (await api.modules.storage.tokens.byId(id))?.replacedById !== null;

/** A token as the test knows it: whoever could have its secret, who made it, and the tokens of its rotations until it. */
interface Known extends Made {
  readonly holders: ReadonlySet<string>;
  readonly maker: string | null;
  readonly line: readonly string[];
}

/** Itself, and what the tokens before it made; what its own line made of it follows from `holders`. */
const endedWith = (revoked: Known, known: readonly Known[]): readonly Known[] =>
  known.filter(
    ({ id, maker, line }) =>
      id === revoked.id ||
      (maker !== null && revoked.line.includes(maker) && line[0] !== revoked.line[0]),
  );

async function successorOf(user: User, old: Known, act: string): Promise<Known> {
  if (act === 'self-rotate') {
    const holders = new Set([...old.holders, old.id]);
    const made = await rotate(old.value, old.id, 604_800);
    return { ...made, holders, maker: old.id, line: [...old.line, made.id] };
  }
  const asked = { id: old.id, overlapSeconds: 604_800, creationKey: crypto.randomUUID() };
  const rotated = await api.modules.tokens.rotate(asked, portal(user));
  if (rotated.outcome !== 'rotated') throw new Error(rotated.outcome);
  const { id } = rotated.token;
  const { holders, maker } = old;
  return { id, value: rotated.value, holders, maker, line: [...old.line, id] };
}

/** Makers are recorded when a token is inserted and never changed, so every line ends at a person. */
async function assertAcyclic(user: User): Promise<void> {
  const page = { page: 1, pageSize: 1000 };
  const { items } = await api.modules.storage.tokens.list({ userId: user.id }, page);
  const makers = new Map(items.map((token) => [token.id, token.madeById]));
  for (const { id } of items) {
    let at: string | null = id;
    for (let depth = 0; at !== null; depth++) {
      assert.ok(depth <= items.length, `the makers of ${id} form a circle`);
      at = makers.get(at) ?? null;
    }
  }
}

test('a narrowed token makes nothing with what it lost', async () => {
  const parent = await api.token(ada, ALL);
  await api.send('/v2/me', { token: parent.value });
  await api.modules.tokens.change({ id: parent.id, scopes: ['asset.read'] }, portal(ada));
  const body = { description: 'wider', scopes: ['team.read'], expires_in: null };
  const { status } = await api.send('/v2/tokens', { method: 'POST', token: parent.value, body });
  assert.equal(status, 422);
});
