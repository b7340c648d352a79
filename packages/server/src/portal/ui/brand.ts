/** The owner's accent colour, made readable: WCAG 2.2 contrast of at least 4.5 in light and in dark mode, whatever was configured. */

type Rgb = readonly [number, number, number];

const MINIMUM = 4.5;
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
/** The least favourable surfaces on which the accent stands as text: `--surface-raised` of `portal/assets/styles`. */
const LIGHT: Rgb = [240, 242, 245];
const DARK: Rgb = [38, 43, 51];
const STEP = 0.02;

/** `--accent` is for text, lines and filled buttons; `--on-accent` for text on it. */
export function brandCss(accent: string): string {
  const base = parse(accent);
  const light = readableOn(base, LIGHT);
  const dark = readableOn(base, DARK);
  const colours = (colour: Rgb): string =>
    `--accent:${print(colour)};--on-accent:${print(inkOn(colour))}`;
  return `:root{${colours(light)}}\n@media (prefers-color-scheme:dark){:root{${colours(dark)}}}\n`;
}

/** Contrast of two colours `#rrggbb`, 1 to 21 (WCAG 2.2). */
export const contrast = (left: string, right: string): number => ratio(parse(left), parse(right));

function parse(text: string): Rgb {
  if (!/^#[0-9a-f]{6}$/i.test(text)) {
    throw new RangeError(`${JSON.stringify(text)} is not a colour like #4f46e5`);
  }
  const channel = (start: number): number => Number.parseInt(text.slice(start, start + 2), 16);
  return [channel(1), channel(3), channel(5)];
}

const print = (colour: Rgb): string =>
  `#${colour.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function ratio(left: Rgb, right: Rgb): number {
  const [low, high] = [luminance(left), luminance(right)].sort((one, other) => one - other);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

/** Moves a colour towards black or white until it can be read on the background. */
function readableOn(colour: Rgb, background: Rgb): Rgb {
  const target: Rgb = luminance(background) > 0.2 ? [0, 0, 0] : [255, 255, 255];
  let share = 0;
  let result = colour;
  while (ratio(rounded(result), background) < MINIMUM && share < 1) {
    share += STEP;
    result = mix(colour, target, share);
  }
  return rounded(result);
}

const rounded = ([red, green, blue]: Rgb): Rgb => [
  Math.round(red),
  Math.round(green),
  Math.round(blue),
];

/** Black or white, whichever reads better on a filled button. */
const inkOn = (colour: Rgb): Rgb => (ratio(colour, WHITE) >= ratio(colour, BLACK) ? WHITE : BLACK);
