/**
 * With forced colours (high contrast) a browser takes away what backgrounds and shadows say. Whatever is chosen must still look
 * chosen: judged by the pixels, because computed styles tell the colours that were asked for.
 */
import type { Page } from 'playwright-core';

interface Choice {
  readonly group: string;
  readonly text: string;
  readonly isChosen: boolean;
  /** Where its lower edge is, from border to text, in pixels of the whole page. */
  readonly strip: { readonly x: number; readonly y: number; readonly height: number };
}

/** Everything that is chosen among others and draws its own state. A box or radio that can be seen is drawn by the browser. */
const choicesOn = (page: Page): Promise<readonly Choice[]> =>
  page.evaluate(() => {
    const choice = (element: Element, group: string, isChosen: boolean): Choice => {
      const { x, bottom, width } = element.getBoundingClientRect();
      const strip = { x: x + width / 2 + scrollX, y: bottom - 3 + scrollY, height: 3 };
      return { group, text: element.textContent, isChosen, strip };
    };
    const radios = [...document.querySelectorAll<HTMLInputElement>('input[type=radio]')]
      .filter((input) => getComputedStyle(input).opacity === '0' && input.checkVisibility())
      .map((input) => choice(input.nextElementSibling ?? input, input.name, input.checked));
    const lists = [...document.querySelectorAll('nav, [role=tablist], .filters')];
    const marked = lists.flatMap((list, index) =>
      [...list.querySelectorAll('a, button')].map((element) => {
        const marks = ['aria-current', 'aria-selected', 'aria-pressed'];
        const values = marks.map((name) => element.getAttribute(name) ?? 'false');
        return choice(
          element,
          `list ${index}`,
          values.some((value) => value !== 'false'),
        );
      }),
    );
    return [...radios, ...marked];
  });

/** What holds all of them: a whole page is much to draw. */
async function areaOf(page: Page, choices: readonly Choice[]) {
  const xs = choices.map(({ strip }) => strip.x);
  const ys = choices.map(({ strip }) => strip.y);
  const [x, y] = [Math.floor(Math.min(...xs)), Math.floor(Math.min(...ys))];
  const [right, bottom] = [Math.max(...xs) + 2, Math.max(...ys) + 4];
  const clip = { x, y, width: Math.ceil(right - x), height: Math.ceil(bottom - y) };
  const view = await page.evaluate(() => ({ bottom: innerHeight, scrolled: scrollY }));
  return { clip, isInView: view.scrolled === 0 && y >= 0 && bottom <= view.bottom };
}

/** The pixels of each strip. */
async function look(page: Page, choices: readonly Choice[], eye: Page): Promise<readonly string[]> {
  const { clip, isInView } = await areaOf(page, choices);
  const png = (await page.screenshot({ clip, fullPage: !isInView })).toString('base64');
  const strips = choices.map(({ strip: { x, y, height } }) => ({
    x: x - clip.x,
    y: y - clip.y,
    height,
  }));
  return eye.evaluate(
    async ({ source, places }) => {
      const image = new Image();
      image.src = `data:image/png;base64,${source}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas?.drawImage(image, 0, 0);
      return places.map(
        ({ x, y, height }) => canvas?.getImageData(x, y, 1, height).data.join() ?? '',
      );
    },
    { source: png, places: strips },
  );
}

/** What is chosen and looks like what is not. The eye is a page without a policy, to look at pictures with. */
export async function unseenOn(page: Page, eye: Page): Promise<readonly string[]> {
  const choices = await choicesOn(page);
  if (!choices.some(({ isChosen }) => isChosen)) return [];
  const seen = await look(page, choices, eye);
  const items = choices.map((choice, index) => ({ ...choice, pixels: seen[index] }));
  const looksLikeOthers = ({ group, pixels }: (typeof items)[number]): boolean =>
    items.some((other) => other.group === group && !other.isChosen && other.pixels === pixels);
  return items
    .filter((item) => item.isChosen && looksLikeOthers(item))
    .map(({ group, text }) => `${group}: ${text}`);
}
