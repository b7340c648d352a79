import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { randomBytes } from '../../../src/kit/random.ts';
import type { Session } from '../../../src/identity/types.ts';
import type { Schema } from '../../../src/storage/schema.ts';
import { countWinners, NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson, newProof, newUser, newSession } from '../records.ts';

export const describeSessions = (open: OpenPlace): void => {
  describe('sessions', () => {
    const place = placeOf(open);

    test('are found by the hash of their secret, with their user', async () => {
      const { sessions } = place.storage;
      const { user } = await addPerson(place.storage);
      const session = newSession(user);
      await sessions.insert(session);
      assert.deepEqual(await sessions.byHash(session.secretHash), { session, user });
      assert.equal(await sessions.byHash(randomBytes(32)), null);
      await sessions.touch(session.id, NOW + 7);
      assert.deepEqual(await sessions.ofUser(user.id), [{ ...session, lastSeenAt: NOW + 7 }]);
    });

    test('remember when and how their person proved who they are, and others do not profit', async () => {
      const { sessions } = place.storage;
      const { user } = await addPerson(place.storage);
      const [session, other] = [newSession(user), newSession(user)];
      for (const one of [session, other]) await sessions.insert(one);
      const proved = { method: 'email', at: NOW + 5 };
      assert.equal(await sessions.prove(session.id, proved), true);
      const found = await sessions.byHash(session.secretHash);
      assert.deepEqual(found?.session, { ...session, amr: { pwd: NOW, email: NOW + 5 } });
      await sessions.prove(session.id, { method: 'email', at: NOW + 9 });
      const [again] = (await sessions.ofUser(user.id)).filter(({ id }) => id === session.id);
      assert.deepEqual(again?.amr, { pwd: NOW, email: NOW + 9 });
      assert.deepEqual((await sessions.byHash(other.secretHash))?.session, other);
      await sessions.end(session.id, user.id);
      assert.equal(await sessions.prove(session.id, proved), false);
    });

    test('keep every one of the methods that are proved at the same time', async () => {
      const { sessions } = place.storage;
      const { user } = await addPerson(place.storage);
      const session = newSession(user, { amr: { email: NOW } });
      await sessions.insert(session);
      const methods = ['pwd', 'otp', 'hwk', 'sms', 'kba'];
      await Promise.all(
        methods.map((method, n) => sessions.prove(session.id, { method, at: NOW + n })),
      );
      const added = Object.fromEntries(methods.map((method, n) => [method, NOW + n]));
      const found = await sessions.byHash(session.secretHash);
      assert.deepEqual(found?.session.amr, { email: NOW, ...added });
    });

    test('that an older version began count as a password at their beginning, and what it notes is a proof', async () => {
      const { sessions } = place.storage;
      const { user } = await addPerson(place.storage);
      const [own, older] = [newSession(user, { amr: { email: NOW } }), newSession(user)];
      for (const one of [own, older]) await sessions.insert(one);
      const database = await place.database();
      const change = (id: string, row: Partial<Schema['sessions']>) =>
        database.write((db) => db.updateTable('sessions').set(row).where('id', '=', id).execute());
      const amrOf = async ({ secretHash }: Session) =>
        (await sessions.byHash(secretHash))?.session.amr;
      await change(older.id, { amr: null });
      assert.deepEqual(await amrOf(older), { pwd: NOW });
      // A step-up in the older version.
      await change(older.id, { proved_at: NOW + 7, proved_by: 'e-mail' });
      await change(own.id, { proved_at: NOW + 8, proved_by: 'password' });
      assert.deepEqual(await amrOf(older), { pwd: NOW, email: NOW + 7 });
      assert.deepEqual(await amrOf(own), { email: NOW, pwd: NOW + 8 });
      const listed = new Map((await sessions.ofUser(user.id)).map(({ id, amr }) => [id, amr]));
      assert.deepEqual(listed.get(older.id), { pwd: NOW, email: NOW + 7 });
      // A step-up here, which the older version reads.
      await sessions.prove(older.id, { method: 'pwd', at: NOW + 9 });
      assert.equal((await amrOf(older))?.['pwd'], NOW + 9);
      const row = await database.read
        .selectFrom('sessions')
        .select(['proved_at', 'proved_by'])
        .where('id', '=', older.id)
        .executeTakeFirst();
      assert.deepEqual({ ...row }, { proved_at: NOW + 9, proved_by: 'password' });
      await database.close();
    });

    test('are listed by last use', async () => {
      const { sessions } = place.storage;
      const { user } = await addPerson(place.storage);
      const seen = [NOW + 1, NOW + 3, NOW + 2].map((lastSeenAt) =>
        newSession(user, { lastSeenAt }),
      );
      for (const session of seen) await sessions.insert(session);
      assert.deepEqual(
        (await sessions.ofUser(user.id)).map(({ lastSeenAt }) => lastSeenAt - NOW),
        [3, 2, 1],
      );
    });

    test('are a hundred at most: beyond it those end that were used longest ago, never the new one', async () => {
      const { sessions } = place.storage;
      const { user } = await addPerson(place.storage);
      const { user: other } = await addPerson(place.storage);
      await sessions.insert(newSession(other));
      const [first, ...rest] = Array.from({ length: 100 }, (_, n) =>
        newSession(user, { lastSeenAt: NOW + 1000 - n }),
      );
      for (const session of [first, ...rest]) if (session) await sessions.insert(session);
      assert.equal((await sessions.ofUser(user.id)).length, 100);
      // Of a clock that was set back.
      const newest = newSession(user, { lastSeenAt: NOW });
      await sessions.insert(newest);
      const kept = new Set((await sessions.ofUser(user.id)).map(({ id }) => id));
      assert.equal(kept.size, 100);
      assert.ok(kept.has(newest.id) && !kept.has(rest.at(-1)?.id ?? ''));
      assert.equal((await sessions.ofUser(other.id)).length, 1);
    });

    test('end once, for their own user only', async () => {
      const { sessions } = place.storage;
      const { user } = await addPerson(place.storage);
      const session = newSession(user);
      await sessions.insert(session);
      assert.equal(await sessions.end(session.id, 'another user'), false);
      assert.equal(await countWinners(20, () => sessions.end(session.id, user.id)), 1);
      assert.equal(await sessions.byHash(session.secretHash), null);
    });

    test('of one user end together, but the one that is kept', async () => {
      const { sessions } = place.storage;
      const [ada, ben] = [await addPerson(place.storage), await addPerson(place.storage)];
      const kept = newSession(ada.user);
      const other = newSession(ben.user);
      for (const session of [kept, newSession(ada.user), newSession(ada.user), other]) {
        await sessions.insert(session);
      }
      assert.equal(await sessions.endAll(ada.user.id, kept.id), 2);
      assert.equal(await sessions.endAll(ada.user.id, null), 1);
      assert.equal(await sessions.endAll(ada.user.id, null), 0);
      assert.notEqual(await sessions.byHash(other.secretHash), null);
    });

    test('are purged at their end or when idle, and not a second before', async () => {
      const { sessions } = place.storage;
      const { user } = await addPerson(place.storage);
      const at = NOW + 100_000;
      const live = newSession(user, { expiresAt: at + 1, lastSeenAt: at - 50 });
      const ended = newSession(user, { expiresAt: at, lastSeenAt: at });
      const idle = newSession(user, { expiresAt: at + 1, lastSeenAt: at - 51 });
      for (const session of [live, ended, idle]) await sessions.insert(session);
      await sessions.purge(at, at - 50);
      assert.deepEqual(
        (await sessions.ofUser(user.id)).map(({ id }) => id),
        [live.id],
      );
    });
  });
};

export const describeProofs = (open: OpenPlace): void => {
  describe('proofs', () => {
    const place = placeOf(open);

    test('are read back as they were written', async () => {
      const { proofs } = place.storage;
      const { user } = await addPerson(place.storage);
      for (const browserHash of [Uint8Array.from(randomBytes(32)), null]) {
        const proof = newProof(user, { browserHash });
        await proofs.insert(proof);
        assert.deepEqual(await proofs.byId(proof.id), proof);
      }
      assert.equal(await proofs.byId('nothing'), null);
    });

    test('are redeemed once, however many callers race', async () => {
      const { proofs } = place.storage;
      const { user } = await addPerson(place.storage);
      const other = await place.another();
      const proof = newProof(user);
      await proofs.insert(proof);
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          (index % 2 === 0 ? proofs : other.proofs).redeem(proof.id, proof.purpose, NOW + index),
        ),
      );
      const [winner, ...others] = results.filter((result) => result !== null);
      assert.ok(winner);
      assert.deepEqual(others, []);
      assert.deepEqual(await proofs.byId(proof.id), winner);
      assert.deepEqual({ ...winner, usedAt: null }, proof);
    });

    test('are redeemed for their purpose and in their time only', async () => {
      const { proofs } = place.storage;
      const { user } = await addPerson(place.storage);
      const proof = newProof(user);
      await proofs.insert(proof);
      assert.equal(await proofs.redeem(proof.id, 'reset-password', NOW), null);
      assert.equal(await proofs.redeem(proof.id, proof.purpose, proof.expiresAt), null);
      assert.notEqual(await proofs.redeem(proof.id, proof.purpose, proof.expiresAt - 1), null);
    });

    test('are voided together by purpose', async () => {
      const { proofs } = place.storage;
      const { user } = await addPerson(place.storage);
      const mine = [newProof(user), newProof(user)];
      const kept = newProof(user, { purpose: 'reset-password' });
      for (const proof of [...mine, kept]) await proofs.insert(proof);
      await proofs.voidAll(user.id, 'verify-email', NOW);
      for (const { id, purpose } of mine) assert.equal(await proofs.redeem(id, purpose, NOW), null);
      assert.notEqual(await proofs.redeem(kept.id, kept.purpose, NOW), null);
    });

    test('end with every change of their user but a hash made anew, and only for that user', async () => {
      const { proofs, users } = place.storage;
      const changes = {
        password: { passwordHash: 'another', passwordChangedAt: NOW },
        proof: { emailVerifiedAt: NOW },
        suspension: { suspendedAt: NOW },
        'end of a suspension': { suspendedAt: null },
      };
      const bystander = newProof((await addPerson(place.storage)).user);
      await proofs.insert(bystander);
      for (const [name, change] of Object.entries(changes)) {
        const { user } = await addPerson(place.storage);
        const proof = newProof(user);
        await proofs.insert(proof);
        await users.update(user.id, { passwordHash: 'the same, hashed anew', name: 'Ada' });
        assert.deepEqual(await proofs.live(proof.id, proof.purpose, NOW), proof, name);
        await users.update(user.id, change);
        assert.equal(await proofs.live(proof.id, proof.purpose, NOW), null, name);
        assert.equal(await proofs.redeem(proof.id, proof.purpose, NOW), null, name);
        const next = newProof(user);
        await proofs.insert(next);
        assert.deepEqual(await proofs.live(next.id, next.purpose, NOW), next, name);
      }
      assert.deepEqual(await proofs.live(bystander.id, bystander.purpose, NOW), bystander);
    });

    test('that undo a change of address alone outlive it', async () => {
      const { proofs, users } = place.storage;
      const { user } = await addPerson(place.storage);
      const undo = newProof(user, { purpose: 'undo-email-change' });
      const reset = newProof(user, { purpose: 'reset-password' });
      for (const proof of [undo, reset]) await proofs.insert(proof);
      const change = { email: `new-${user.email}`, emailVerifiedAt: NOW };
      assert.equal(await users.changeEmail(user.id, change), true);
      assert.equal(await proofs.redeem(reset.id, reset.purpose, NOW), null);
      assert.notEqual(await proofs.redeem(undo.id, undo.purpose, NOW), null);
    });

    test('are found by the browser that they were given to while they are live', async () => {
      const { proofs } = place.storage;
      const { user } = await addPerson(place.storage);
      const proof = newProof(user);
      await proofs.insert(proof);
      const browserHash = proof.browserHash ?? new Uint8Array();
      const find = (now: number) => proofs.liveOfBrowser(browserHash, proof.purpose, now);
      assert.deepEqual(await find(NOW), proof);
      assert.equal(await find(proof.expiresAt), null);
      assert.equal(await proofs.liveOfBrowser(browserHash, 'reset-password', NOW), null);
      assert.equal(await proofs.liveOfBrowser(randomBytes(32), proof.purpose, NOW), null);
      await proofs.redeem(proof.id, proof.purpose, NOW);
      assert.equal(await find(NOW), null);
    });

    test('are inserted nowhere for nobody', async () => {
      const { proofs } = place.storage;
      const proof = newProof(newUser());
      await proofs.insert(proof);
      assert.equal(await proofs.byId(proof.id), null);
    });

    test('are voided from one on', async () => {
      const { proofs } = place.storage;
      const { user } = await addPerson(place.storage);
      const ids = ['a', 'b', 'c'].map((letter) => `${letter}-${user.id}`);
      for (const id of ids) await proofs.insert(newProof(user, { id }));
      const from = { id: ids[1] ?? '', userId: user.id, purpose: 'verify-email' } as const;
      await proofs.voidFrom(from, NOW);
      const live = await Promise.all(ids.map((id) => proofs.live(id, 'verify-email', NOW)));
      assert.deepEqual(
        live.map((proof) => proof?.id),
        [ids[0], undefined, undefined],
      );
    });

    test('hold an address for a user who can undo a change from it, and for nobody else', async () => {
      const { proofs, users } = place.storage;
      const [ada, ben] = [await addPerson(place.storage), await addPerson(place.storage)];
      const email = `old-${ada.user.email}`;
      const undo = newProof(ada.user, { purpose: 'undo-email-change', email });
      await proofs.insert(undo);
      await proofs.insert(newProof(ben.user, { purpose: 'change-email', email: `x${email}` }));
      assert.equal(await proofs.isHeld(email, ben.user.id, NOW), true);
      assert.equal(await proofs.isHeld(email, ada.user.id, NOW), false);
      assert.equal(await proofs.isHeld(`x${email}`, ada.user.id, NOW), false);
      assert.equal(await users.insert(newUser({ email })), false);
      assert.equal(await proofs.isHeld(email, ben.user.id, undo.expiresAt), false);
      await proofs.voidAll(ada.user.id, 'undo-email-change', NOW);
      assert.equal(await users.insert(newUser({ email })), true);
    });

    test('are purged long after their end', async () => {
      const { proofs } = place.storage;
      const { user } = await addPerson(place.storage);
      const [old, young] = [
        newProof(user, { expiresAt: 1000 }),
        newProof(user, { expiresAt: 1001 }),
      ];
      for (const proof of [old, young]) await proofs.insert(proof);
      assert.equal(await proofs.purge(1001), 1);
      assert.equal(await proofs.byId(old.id), null);
      assert.deepEqual(await proofs.byId(young.id), young);
    });
  });
};

export const describeDevices = (open: OpenPlace): void => {
  describe('devices', () => {
    const place = placeOf(open);

    test('are new once, for each user', async () => {
      const { devices } = place.storage;
      const [ada, ben] = [await addPerson(place.storage), await addPerson(place.storage)];
      const hash = randomBytes(32);
      assert.equal(await devices.isKnown(ada.user.id, hash), false);
      assert.equal(await countWinners(20, () => devices.remember(ada.user.id, hash, NOW)), 1);
      assert.equal(await devices.isKnown(ada.user.id, hash), true);
      assert.equal(await devices.isKnown(ben.user.id, hash), false);
      assert.equal(await devices.remember(ben.user.id, hash, NOW), true);
      assert.equal(await devices.remember(ada.user.id, randomBytes(32), NOW), true);
      await devices.forgetAll(ada.user.id);
      assert.equal(await devices.isKnown(ada.user.id, hash), false);
      assert.equal(await devices.isKnown(ben.user.id, hash), true);
    });

    test('are a hundred at most: beyond it those are new again that were used longest ago', async () => {
      const { devices } = place.storage;
      const { user } = await addPerson(place.storage);
      const hashes = Array.from({ length: 101 }, () => randomBytes(32));
      for (const [n, hash] of hashes.entries()) await devices.remember(user.id, hash, NOW + n);
      const known = await Promise.all(hashes.map((hash) => devices.isKnown(user.id, hash)));
      assert.deepEqual(known, [false, ...Array.from({ length: 100 }, () => true)]);
    });
  });
};
