/** The controls of a page and what the page says besides, for tests that change the one and compare the other. */
import type { Page } from 'playwright-core';

/** What people fill in: nothing hidden, and no password, which no browser gives back. */
const CONTROLS =
  'main :is(textarea, select, input:not([type=hidden], [type=password], [type=file], [readonly]))';

export const hasControls = (page: Page): Promise<boolean> =>
  page.evaluate((selector) => document.querySelector(selector) !== null, CONTROLS);

export const openFolds = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true;
  });

/** Changes every control as a person would: the last choice of each group, every box turned round, a text in every field. */
export const changeControls = (page: Page): Promise<void> =>
  page.evaluate((selector) => {
    const say = (control: Element, ...types: readonly string[]): void => {
      for (const type of types) control.dispatchEvent(new Event(type, { bubbles: true }));
    };
    const texts: Record<string, string> = {
      email: 'typed@example.com',
      url: 'http://typed.example.com/',
      date: '2031-05-06',
      number: '7',
    };
    for (const control of document.querySelectorAll(selector)) {
      if (control.matches(':disabled')) continue;
      if (control instanceof HTMLInputElement && ['checkbox', 'radio'].includes(control.type)) {
        control.click();
      } else if (control instanceof HTMLSelectElement) {
        control.selectedIndex = control.options.length - 1;
        say(control, 'input', 'change');
      } else if (control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement) {
        // A search looks for what is not there, and hides what is.
        if (control.type === 'search') continue;
        control.value = texts[control.type] ?? 'http://typed.example.com/#here';
        say(control, 'input', 'change');
      }
    }
  }, CONTROLS);

/**
 * The state of every control, and all that can be read. Times pass meanwhile, and are left out. Lines are sorted: a session that was
 * used meanwhile moves up its list.
 */
export const readPage = (page: Page): Promise<readonly string[]> =>
  page.evaluate((selector) => {
    const states = [...document.querySelectorAll(selector)].map((control) => {
      if (!(control instanceof HTMLInputElement)) {
        const { name, value } = control as HTMLTextAreaElement | HTMLSelectElement;
        return `${name}: ${value}`;
      }
      const { type, name, value, checked, indeterminate } = control;
      // A confirmation is typed each time, and what may be a token that works is given back by no page.
      if (name.startsWith('confirm_') || name === 'token') return name;
      if (type !== 'checkbox' && type !== 'radio') return `${name}: ${value}`;
      return `${name} ${value}: ${checked ? 'on' : 'off'}${indeterminate ? ', partly' : ''}`;
    });
    for (const time of document.querySelectorAll('time')) time.textContent = '';
    const main = document.querySelector('main');
    return [...states, ...(main?.innerText ?? '').split('\n').sort()];
  }, CONTROLS);

/** The text of the elements with each `data-` attribute, joined: what script finds its places by. */
export async function textByMark(
  page: Page,
  { isVisible = false } = {},
): Promise<ReadonlyMap<string, string>> {
  const pairs = await page.evaluate((onlyVisible) => {
    const found = new Map<string, string>();
    for (const element of document.querySelectorAll<HTMLElement>('main *')) {
      const marks = element.getAttributeNames().filter((name) => name.startsWith('data-'));
      if (element.matches(':is(form, input, select, textarea, fieldset, details)')) continue;
      if (onlyVisible && !element.checkVisibility()) continue;
      // Of its own: what is around a text that changes does not change by itself.
      const own = [...element.childNodes].filter((node) => node instanceof Text);
      const text = own.map((node) => node.textContent?.trim()).join('');
      for (const mark of marks) found.set(mark, (found.get(mark) ?? '') + text);
    }
    return [...found];
  }, isVisible);
  return new Map(pairs);
}
