import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Registry } from 'prom-client';
import { openApp, type App } from '../../src/compose/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { countEvents, createCounts } from '../../src/compose/counts.ts';
import { createLogger } from '../../src/http/logger.ts';
import { createRegistry } from '../../src/compose/metrics.ts';
import { addToken } from './token.ts';

const directory = mkdtempSync(join(tmpdir(), 'gatehouse-figures-'));
const document = readFileSync(
  new URL('../../../../docs/reference/metrics.md', import.meta.url),
  'utf8',
);

let app: App;
let registry: Registry;
before(async () => {
  const config = readConfig({ env: {}, directory });
  app = await openApp({ config, logger: createLogger({ level: 'silent' }) });
  registry = createRegistry(app);
});
after(async () => {
  // The last test has closed what stands behind it.
  await app.server.close();
  rmSync(directory, { recursive: true });
});

/** Name, type and labels of every row of every table. */
const documented = new Map(
  [...document.matchAll(/^\| `([a-z0-9_]+)` *\| *(\w+) *\| *([^|]*?) *\|/gm)].map(
    ([, name = '', type = '', labels = '']) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
    ],
  ),
);

test('the document lists every figure and no other, with its type', async () => {
  const registered = (await registry.getMetricsAsJSON()).map(
    ({ name, type }) => [name, String(type)] as const,
  );
  assert.ok(registered.length > 30);
  const compared = [...documented].map(([name, { type }]) => [name, type] as const);
  // Some of Node's own exist on Linux only.
  const ours = (list: readonly (readonly [string, string])[]) =>
    new Map(list.filter(([name]) => name.startsWith('gatehouse_') || process.platform === 'linux'));
  assert.deepEqual(ours(compared), ours(registered));
});

test('the document names the labels of our figures', async () => {
  await addToken(app);
  await app.server.inject('/healthz');
  const families = await registry.getMetricsAsJSON();
  for (const { name, values } of families.filter((family) => family.name.startsWith('gatehouse'))) {
    for (const { labels } of values) {
      const named = Object.keys(labels).filter((label) => label !== 'le');
      assert.deepEqual(new Set(named), new Set(documented.get(name)?.labels), name);
    }
  }
});

test('the document knows every reason that a check is refused for', () => {
  const verdict = readFileSync(new URL('../../src/checker/verdict.ts', import.meta.url), 'utf8');
  const union = /type RefusalReason =([^;]+);/.exec(verdict)?.[1] ?? '';
  const reasons = [...union.matchAll(/'(\w+)'/g)].map(([, reason = '']) => reason);
  assert.ok(reasons.length > 5);
  // A request without a token is never checked.
  const counted = reasons.filter((reason) => reason !== 'token_missing');
  assert.deepEqual(
    counted.filter((reason) => !document.includes(`\`${reason}\``)),
    [],
  );
});

test('only what was committed is counted', async () => {
  const { events } = createCounts();
  const storage = countEvents(app.storage, events);
  const event = {
    id: crypto.randomUUID(),
    accountId: null,
    userId: null,
    actorId: null,
    type: 'user_login',
    details: {},
    resourceId: null,
    resourceType: null,
    source: 'cli',
    client: 'cli/test',
    address: null,
    createdAt: 1,
  } as const;
  const failing = storage.transaction(async (stores) => {
    await stores.events.append(event);
    throw new Error('rolled back');
  });
  await assert.rejects(failing, /rolled back/);
  assert.equal(events.of('user_login'), 0);
  await storage.transaction((stores) => stores.events.append(event));
  await storage.events.append({ ...event, id: crypto.randomUUID() });
  assert.equal(events.of('user_login'), 2);
});

test('a scrape answers without the database, leaving out what only it knows', async () => {
  assert.match(await registry.metrics(), /^gatehouse_outbox_waiting 1$/m);
  await app.storage.close();
  const text = await registry.metrics();
  assert.doesNotMatch(text, /^gatehouse_outbox_waiting /m);
  assert.match(text, /^gatehouse_passwords_waiting 0$/m);
});
