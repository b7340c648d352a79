/** What a page says of its form is true after Back, when the browser fills in what was chosen before, and without script. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { changeControls, openFolds, readPage, textByMark } from './form-state.ts';

async function goAndComeBack(page: Page): Promise<void> {
  // Not a page of the portal: that would count as use of the session.
  await page.goto('/health');
  await page.goBack();
  await openFolds(page);
}

/** Answers the marks whose text script has changed. */
export async function assertTrueAfterBack(page: Page): Promise<readonly string[]> {
  await openFolds(page);
  const unchanged = await textByMark(page);
  await changeControls(page);
  const changed = await textByMark(page);
  const seen = await readPage(page);
  await goAndComeBack(page);
  assert.deepEqual(await readPage(page), seen);
  return [...changed].filter(([mark, text]) => unchanged.get(mark) !== text).map(([mark]) => mark);
}

/** What script writes, nobody else keeps true. */
export async function assertTrueWithoutScript(
  plain: Page,
  written: readonly string[],
): Promise<void> {
  await openFolds(plain);
  const shown = await textByMark(plain, { isVisible: true });
  assert.deepEqual(
    written.filter((mark) => (shown.get(mark) ?? '') !== ''),
    [],
  );
  await changeControls(plain);
  const seen = await readPage(plain);
  await goAndComeBack(plain);
  assert.deepEqual(await readPage(plain), seen);
}
