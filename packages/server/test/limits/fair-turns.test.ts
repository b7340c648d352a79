import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FairTurns } from '../../src/limits/fair-turns.ts';
import { until } from '../support/until.ts';

/** Work that ends when the test says so. */
function held(mostWaiting = 50) {
  const turns = new FairTurns(
    { turns: 3, turnsOfGroup: 2, mostWaiting },
    () => new Error('no place'),
  );
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const refused: string[] = [];
  const ask = (name: string, ...groups: readonly string[]): void => {
    const work = (): Promise<void> => {
      begun.push(name);
      return new Promise((resolve) => void ends.push(resolve));
    };
    turns.run(groups, work).catch(() => refused.push(name));
  };
  const endOne = async (): Promise<void> => {
    const { length } = begun;
    ends.shift()?.();
    await until(() => begun.length > length, 'the next one');
  };
  return { turns, ask, begun, refused, endOne };
}

describe('turns', () => {
  test('are never all of one network or of one account', () => {
    const { ask, begun } = held();
    for (const name of ['a1', 'a2', 'a3', 'a4']) ask(name, 'network a', `account ${name}`);
    assert.deepEqual(begun, ['a1', 'a2']);
    ask('b1', 'network b', 'account b');
    assert.deepEqual(begun, ['a1', 'a2', 'b1']);

    const other = held();
    for (const name of ['c', 'd', 'e', 'f']) other.ask(name, `network ${name}`, 'account ada');
    assert.deepEqual(other.begun, ['c', 'd']);
    other.ask('g', 'network g', 'account bob');
    assert.deepEqual(other.begun, ['c', 'd', 'g']);
  });

  test('go round the networks, and within one round its accounts', async () => {
    const { ask, begun, endOne } = held();
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) ask(name, 'network a', 'account ada');
    ask('a6', 'network a', 'account bob');
    ask('b1', 'network b', 'account b');
    ask('b2', 'network b', 'account b');
    ask('c1', 'network c', 'account c');
    assert.deepEqual(begun, ['a1', 'a2', 'b1']);
    for (let count = 0; count < 4; count += 1) await endOne();
    assert.deepEqual(begun.slice(3), ['c1', 'a6', 'b2', 'a3']);
  });

  test('are refused to who waits most when the queue is full, and to nobody else', async () => {
    const { turns, ask, begun, refused, endOne } = held(3);
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) ask(name, 'network a', `account ${name}`);
    for (const name of ['b', 'c', 'd']) ask(name, `network ${name}`, `account ${name}`);
    await until(() => refused.length === 2, 'two refusals');
    assert.deepEqual(refused, ['a5', 'a4']);
    assert.equal(turns.waiting, 3);
    await endOne();
    assert.deepEqual(begun, ['a1', 'a2', 'b', 'c']);
  });

  test('go on after work that failed', async () => {
    const turns = new FairTurns({ turns: 1, turnsOfGroup: 1, mostWaiting: 5 }, () => new Error());
    const failing = turns.run(['a'], () => Promise.reject(new Error('no')));
    const next = turns.run(['a'], async () => 4);
    await assert.rejects(failing, /no/);
    assert.equal(await next, 4);
  });
});
