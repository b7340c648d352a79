/** Settings that are each fine and cannot be true together, or that the schema cannot judge. A column of guards. */
import { CATALOGUE_GUARDS, type Conflict } from './catalogue.ts';
import { found, type Path } from './problem.ts';
import type { Settings } from './schema.ts';

export type { Conflict };

export const conflictsIn = (settings: Settings): readonly Conflict[] => [
  ...rulesFor(settings).flatMap(([isBroken, path, message, or]) =>
    isBroken ? [{ path, message, ...(or !== undefined && { or }) }] : [],
  ),
  ...CATALOGUE_GUARDS.flatMap((guard) => guard(settings)),
];

type Row = readonly [isBroken: boolean, path: Path, message: string, or?: Path];

function rulesFor(settings: Settings): readonly Row[] {
  const { brand, metrics, oauth, server, sessions, sign_up: signUp, tokens } = settings;
  const contrast = contrastWithWhite(brand.accent);
  const shortest = Math.max(oauth.refresh_days, oauth.access_minutes / MINUTES_PER_DAY);
  return [
    [
      contrast < LEAST_CONTRAST,
      ['brand', 'accent'],
      `found ${found(brand.accent)}, whose contrast with white is ${contrast.toFixed(1)}, expected a darker colour with at least ${LEAST_CONTRAST}`,
    ],
    [
      metrics !== null && metrics.port === server.port && metrics.host === server.host,
      ['metrics', 'port'],
      `found ${metrics?.port}, where the server itself listens, expected another port`,
      ['server', 'port'],
    ],
    [
      signUp.mode === 'domains' && signUp.domains.length === 0,
      ['sign_up', 'mode'],
      'found "domains" without any sign_up.domains, expected at least one',
    ],
    [
      signUp.mode === 'open' && signUp.domains.length > 0,
      ['sign_up', 'domains'],
      'found domains while sign_up.mode is "open", expected the mode "domains"',
      ['sign_up', 'mode'],
    ],
    [
      sessions.idle_hours > sessions.absolute_hours,
      ['sessions', 'idle_hours'],
      `found idle_hours ${sessions.idle_hours} above absolute_hours ${sessions.absolute_hours}, expected at most that`,
      ['sessions', 'absolute_hours'],
    ],
    [
      tokens.longest_life_days !== null && tokens.allow_never,
      ['tokens', 'longest_life_days'],
      `found ${tokens.longest_life_days} while tokens.allow_never is true, expected allow_never: false or longest_life_days: null`,
    ],
    [
      shortest > oauth.longest_days,
      ['oauth', 'longest_days'],
      `found ${oauth.longest_days}, shorter than the tokens themselves, expected at least ${Math.ceil(shortest)}`,
      ['oauth', 'refresh_days'],
    ],
  ];
}

const MINUTES_PER_DAY = 1440;
/** WCAG 2.2 success criterion 1.4.3, level AA. */
const LEAST_CONTRAST = 4.5;

/** Contrast of `#rrggbb` with white, 1 to 21 (WCAG 2.2, "contrast ratio" and "relative luminance"). */
export function contrastWithWhite(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => linear(colour.slice(at, at + 2)));
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return 1.05 / (luminance + 0.05);
}

function linear(hexByte: string): number {
  const channel = Number.parseInt(hexByte, 16) / 255;
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}
