import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GroupCommit, type Transactional } from '../../src/storage/group-commit.ts';

type Act = Exclude<keyof Transactional, 'isOpen'>;

/** A database that keeps what was committed and fails where it is told to. */
class Ledger implements Transactional {
  readonly log: string[] = [];
  committed: readonly string[] = [];
  #marks: string[][] = [];
  #failures = new Map<Act, Error[]>();

  /** The next such acts fail. */
  fail(act: Act, ...errors: Error[]): void {
    this.#failures.set(act, errors);
  }
  write(text: string): void {
    this.#marks.at(-1)?.push(text);
  }
  /** What SQLite may do by itself when the disk is full. */
  giveUp(): void {
    this.#marks = [];
  }
  isOpen = (): boolean => this.#marks.length > 0;
  begin = (): Promise<void> => this.#act('begin', () => (this.#marks = [[]]));
  savepoint = (): Promise<void> => this.#act('savepoint', () => this.#marks.push([]));
  releaseSavepoint = (): Promise<void> =>
    this.#act('releaseSavepoint', () => this.#marks.at(-2)?.push(...(this.#marks.pop() ?? [])));
  rollbackToSavepoint = (): Promise<void> =>
    this.#act('rollbackToSavepoint', () => this.#marks.pop());
  rollback = (): Promise<void> => this.#act('rollback', () => this.giveUp());
  commit = (): Promise<void> =>
    this.#act('commit', () => {
      this.committed = [...this.committed, ...this.#marks.flat()];
      this.#marks = [];
    });

  async #act(act: Act, work: () => unknown): Promise<void> {
    this.log.push(act);
    const error = this.#failures.get(act)?.shift();
    if (error !== undefined) throw error;
    work();
  }
}

const broken = new Error('broken');
const full = new Error('full');

describe('writes that share a commit', () => {
  const start = () => {
    const ledger = new Ledger();
    const group = new GroupCommit(ledger);
    const write = (text: string) =>
      group.run(async () => {
        ledger.write(text);
        return text;
      });
    const outcomes = async (work: readonly Promise<unknown>[]): Promise<unknown[]> =>
      (await Promise.allSettled(work)).map((result) =>
        result.status === 'fulfilled' ? result.value : result.reason,
      );
    return { ledger, group, write, outcomes };
  };

  test('are answered after the one commit and each with its own result', async () => {
    const { ledger, write, outcomes } = start();
    const work = ['a', 'b', 'c'].map(async (text) => {
      const result = await write(text);
      assert.ok(ledger.committed.includes(text));
      return result;
    });
    assert.deepEqual(await outcomes(work), ['a', 'b', 'c']);
    assert.equal(ledger.log.filter((act) => act === 'commit').length, 1);
  });

  test('queue up while a commit is under way and share the next one', async () => {
    const { ledger, group, write, outcomes } = start();
    const later: Promise<unknown>[] = [];
    await group.run(async () => void later.push(write('b'), write('c')));
    assert.deepEqual(await outcomes(later), ['b', 'c']);
    assert.equal(ledger.log.filter((act) => act === 'commit').length, 2);
  });

  test('fail alone when their work throws, at once or later', async () => {
    const { ledger, group, write, outcomes } = start();
    const atOnce = group.run((): Promise<void> => {
      ledger.write('x');
      throw broken;
    });
    const later = group.run(async () => {
      ledger.write('y');
      await Promise.resolve();
      throw broken;
    });
    assert.deepEqual(await outcomes([write('a'), atOnce, later, write('b')]), [
      'a',
      broken,
      broken,
      'b',
    ]);
    assert.deepEqual(ledger.committed, ['a', 'b']);
  });

  test('all fail when the commit fails, and the next ones go on', async () => {
    const { ledger, write, outcomes } = start();
    ledger.fail('commit', full);
    assert.deepEqual(await outcomes([write('a'), write('b')]), [full, full]);
    assert.ok(ledger.log.includes('rollback'));
    assert.deepEqual(await outcomes([write('c')]), ['c']);
    assert.deepEqual(ledger.committed, ['c']);
  });

  test('all fail when a commit fails and going back fails too', async () => {
    const { ledger, write, outcomes } = start();
    ledger.fail('commit', full);
    ledger.fail('rollback', broken);
    assert.deepEqual(await outcomes([write('a')]), [full]);
    assert.deepEqual(await outcomes([write('b')]), ['b']);
    assert.deepEqual(ledger.committed, ['b']);
  });

  test('are all told when the transaction cannot begin, those who queued up meanwhile included', async () => {
    const { ledger, write, outcomes } = start();
    ledger.fail('begin', full);
    const many = Array.from({ length: 200 }, (_, index) => write(String(index)));
    assert.deepEqual(new Set(await outcomes(many)), new Set([full]));
    assert.deepEqual(ledger.log, ['begin']);
    assert.deepEqual(await outcomes([write('a')]), ['a']);
  });

  test('are all told why when the engine gives the transaction up in the middle', async () => {
    const { ledger, group, write, outcomes } = start();
    const unlucky = group.run(async () => {
      ledger.giveUp();
      throw full;
    });
    assert.deepEqual(await outcomes([write('a'), unlucky, write('b')]), [full, full, full]);
    assert.deepEqual(ledger.committed, []);
    assert.deepEqual(await outcomes([write('c')]), ['c']);
  });

  test('are cut into groups, so that the first does not wait for the last', async () => {
    const { ledger, write, outcomes } = start();
    const texts = Array.from({ length: 150 }, (_, index) => String(index));
    assert.deepEqual(await outcomes(texts.map(write)), texts);
    assert.deepEqual(ledger.committed, texts);
    assert.equal(ledger.log.filter((act) => act === 'commit').length, 3);
  });
});
