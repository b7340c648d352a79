import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../../src/http/logger.ts';
import { createRequestLogger } from '../../../src/http/fast/request-logger.ts';

function stage(level: string) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line)) };
  let children = 0;
  const root = createLogger({ level, destination });
  const counted = Object.assign(Object.create(root), {
    child: (bindings: Record<string, unknown>) => {
      children += 1;
      return root.child(bindings);
    },
  });
  const logger = createRequestLogger(counted, { reqId: 'the-request' });
  return { lines, logger, children: () => children };
}

test('every line of every level names the request', () => {
  const { lines, logger, children } = stage('trace');
  assert.equal(children(), 0);
  for (const method of ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const) {
    logger[method]({ fact: method }, 'said');
  }
  logger.child({ part: 'one' }).info('from a part');
  assert.equal(lines.length, 7);
  assert.ok(lines.every(({ reqId }) => reqId === 'the-request'));
  assert.equal(lines[1]?.['fact'], 'error');
  assert.equal(lines[6]?.['part'], 'one');
  assert.equal(children(), 1);
});

test('the level is that of the whole log', () => {
  const { lines, logger } = stage('warn');
  logger.info('not wanted');
  logger.silent('never');
  assert.equal(logger.level, 'warn');
  assert.deepEqual(lines, []);
});
