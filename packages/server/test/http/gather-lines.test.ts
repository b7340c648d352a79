import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { gatherLines } from '../../src/http/logger.ts';

/** A sink that begins to write when it is told to, and says itself when it is done. */
function stage() {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  const out: string[] = [];
  let written = '';
  let drained: () => void = () => undefined;
  const flush = (): void => {
    if (written !== '') out.push(written);
    written = '';
  };
  const log = gatherLines({
    write: (lines) => (written += lines),
    flush,
    flushSync: flush,
    on: (_event, listener) => (drained = listener),
  });
  return { out, log, drain: () => drained() };
}

/** Long enough for whatever is gathered. */
const moment = (): void => mock.timers.tick(1000);

test('the lines of a moment are written together, in their order, and the next moment writes its own', () => {
  const { out, log, drain } = stage();
  log.write('one\n');
  log.write('two\n');
  assert.deepEqual(out, []);
  moment();
  drain();
  log.write('three\n');
  moment();
  assert.deepEqual(out, ['one\ntwo\n', 'three\n']);
});

test('one write at a time: what is said meanwhile follows when it is done', () => {
  const { out, log, drain } = stage();
  log.write('one\n');
  moment();
  log.write('two\n');
  moment();
  log.write('three\n');
  moment();
  assert.deepEqual(out, ['one\n']);
  drain();
  drain();
  drain();
  assert.deepEqual(out, ['one\n', 'two\n', 'three\n']);
});

test('much is not kept for the end of the moment, and no piece of it is large', () => {
  const { out, log, drain } = stage();
  for (let line = 0; line < 1000; line++) log.write(`${'x'.repeat(99)}\n`);
  assert.equal(out.length, 1);
  moment();
  for (let piece = 0; piece < 20; piece++) drain();
  assert.ok(out.every((lines) => lines.length < 20_000 && lines.endsWith('\n')));
  assert.equal(out.join('').length, 100_000);
});

test('a flush waits for no moment and leaves nothing, also while a write is under way', () => {
  const { out, log, drain } = stage();
  log.write('one\n');
  moment();
  for (let line = 0; line < 500; line++) log.write(`${'x'.repeat(99)}\n`);
  log.write('last words\n');
  log.flushSync();
  assert.equal(out.join('').length, 4 + 50_000 + 11);
  assert.ok(out.at(-1)?.endsWith('last words\n'));
  const before = out.length;
  moment();
  drain();
  assert.equal(out.length, before);
});

test('behind a reader that stands still memory stays bounded, and later lines are written again', () => {
  const { out, log, drain } = stage();
  const line = `${'x'.repeat(1023)}\n`;
  for (let sent = 0; sent < 40_000; sent++) log.write(line);
  moment();
  for (let piece = 0; piece < 5000; piece++) drain();
  const kept = out.join('').length;
  assert.ok(kept > 15_000_000 && kept <= 17 * 1024 * 1024, String(kept));
  log.write('again\n');
  moment();
  drain();
  assert.equal(out.at(-1), 'again\n');
});
