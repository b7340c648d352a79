import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sayRelative, sayWait } from '../../src/portal/ui/time.ts';

const NOW = 1_790_000_000;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const ahead = (seconds: number): string => sayRelative(NOW + seconds, NOW);
const ago = (seconds: number): string => sayRelative(NOW - seconds, NOW);

test('what was made to last so long still does a minute later', () => {
  for (const days of [2, 7, 30, 60, 90]) {
    assert.equal(ahead(days * DAY), `in ${days} days`);
    assert.equal(ahead(days * DAY - MINUTE), `in ${days} days`);
  }
  assert.equal(ahead(365 * DAY - MINUTE), 'in 12 months');
  assert.equal(ahead(DAY - 1), 'in 24 hours');
  assert.equal(ahead(2 * HOUR - 1), 'in 2 hours');
});

test('the last days are never said to be more than they are, beyond an hour', () => {
  assert.equal(ahead(2 * DAY - 2 * HOUR), 'in 1 day');
  assert.equal(ahead(6.6 * DAY), 'in 6 days');
  assert.equal(ahead(HOUR - 5 * MINUTE), 'in 55 minutes');
  assert.equal(ahead(59), 'in less than a minute');
});

test('from a week on days are the nearest', () => {
  assert.equal(ahead(89.6 * DAY), 'in 90 days');
  assert.equal(ahead(89.4 * DAY), 'in 89 days');
});

test('the past is told by what has passed whole', () => {
  assert.equal(ago(0), 'just now');
  assert.equal(ago(59), 'just now');
  assert.equal(ago(2 * HOUR - 1), '1 hour ago');
  assert.equal(ago(8.9 * DAY), '8 days ago');
});

test('whoever waits as long as a page says has waited long enough', () => {
  assert.equal(sayWait(1), 'in 1 minute');
  assert.equal(sayWait(61), 'in 2 minutes');
  assert.equal(sayWait(HOUR), 'in 60 minutes');
  assert.equal(sayWait(HOUR + 1), 'in 2 hours');
});
