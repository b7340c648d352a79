/**
 * No act changes what verdicts depend on without a fact about it in the same transaction. The acts are those of every type of
 * event; the database itself says which rows each of them changed.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EventType } from '../../src/audit/event.ts';
import type { ChangeKind } from '../../src/changes/changes.ts';
import { ACTS_OF_PEOPLE, type Arrange } from '../audit/acts-of-people.ts';
import { ACTS_OF_PROGRAMS } from '../audit/acts-of-programs.ts';
import { openStage, type Stage } from '../audit/stage.ts';
import { ENGINES } from '../storage/places.ts';
import { CHANGE_KINDS, covers, takeChanged, watchRows } from './watched-rows.ts';

const ACTS: Readonly<Record<EventType, Arrange>> = { ...ACTS_OF_PEOPLE, ...ACTS_OF_PROGRAMS };

/** Those that change nothing that is remembered of tokens and clients. */
const WITHOUT: ReadonlySet<EventType> = new Set<EventType>([
  'user_created',
  'user_updated',
  'user_login',
  'user_login_attempt',
  'new_device_login',
  'user_exported',
  'email_confirmed',
  'email_change_requested',
  'email_changed',
  'email_change_undone',
  'password_changed',
  'password_reset_requested',
  'session_revoked',
  'identity_confirmed',
  'identity_refused',
  'operator_added',
  'operator_removed',
  'user_token_created',
  'oauth_app_created',
  'oauth_app_offered',
  'oauth_app_offer_received',
  'oauth_app_offer_withdrawn',
  'oauth_app_offer_declined',
  'oauth_secret_created',
  'oauth_grant_created',
  'oauth_grant_updated',
  'oauth_refresh_repeated',
]);

/** Here nobody has anything that they end; `processes.test.ts` does both where somebody has. */
const NOTHING_THERE: ReadonlySet<EventType> = new Set<EventType>([
  'access_ended',
  'oauth_grant_narrowed',
]);

/** The end of one access token by its client is no event; `test/checker/ending-acts.ts` does it. */
const NO_EVENT: readonly ChangeKind[] = ['access_token'];

// `Object.keys` answers strings; these are the keys of the record above.
const TYPES = Object.keys(ACTS) as readonly EventType[];

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: Stage;
    before(async () => {
      stage = await openStage(engine);
      await watchRows(stage.database);
    });
    after(() => stage.close());

    const kinds = new Set<string>();

    for (const type of TYPES) {
      test(`${type} leaves a fact about every row that verdicts depend on`, async () => {
        const { changes } = stage.place.modules.storage;
        const act = await ACTS[type](stage);
        await takeChanged(stage.database.migrations);
        const start = await changes.newest();
        const done = await act();
        assert.equal(done.isDone, true, done.said);
        const rows = await takeChanged(stage.database.migrations);
        const written = (await changes.after(start, 1000)).changes;
        for (const { kind } of written) kinds.add(kind);
        for (const row of rows)
          assert.ok(
            written.some((change) => covers(change, row)),
            `${JSON.stringify(row)} and ${JSON.stringify(written)}`,
          );
        if (NOTHING_THERE.has(type)) return;
        assert.equal(rows.length === 0, WITHOUT.has(type), JSON.stringify(rows));
      });
    }

    test('every kind of change is written by one of these acts', () => {
      assert.deepEqual([...kinds, ...NO_EVENT].toSorted(), Object.keys(CHANGE_KINDS).toSorted());
    });
  });
}
