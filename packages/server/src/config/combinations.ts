/** Settings that are each fine and cannot be true together, or that the schema cannot judge. A column of guards. */
import { isIP } from 'node:net';
import { contrastWithWhite } from './contrast.ts';
import { CATALOGUE_GUARDS, type Conflict, type Guard } from './catalogue.ts';
import { found } from './problem.ts';
import type { Settings } from './schema.ts';

export const conflictsIn = (settings: Settings): readonly Conflict[] =>
  GUARDS.flatMap((guard) => guard(settings));

const checkAccent: Guard = ({ brand }) => {
  const ratio = contrastWithWhite(brand.accent);
  if (ratio >= LEAST_CONTRAST) return [];
  const message = `found ${found(brand.accent)}, whose contrast with white is ${ratio.toFixed(1)}, expected a darker colour with at least ${LEAST_CONTRAST}`;
  return [{ path: ['brand', 'accent'], message }];
};
/** WCAG 2.2 success criterion 1.4.3, level AA. */
const LEAST_CONTRAST = 4.5;

const checkLinks: Guard = ({ brand }) =>
  (['support_url', 'docs_url'] as const)
    .filter((key) => brand[key] !== null && !URL.canParse(brand[key]))
    .map((key) => ({
      path: ['brand', key],
      message: `found ${found(brand[key])}, expected a complete address`,
    }));

const checkBaseUrl: Guard = ({ server }) => {
  const { base_url: text } = server;
  if (text === null || isOrigin(text)) return [];
  const message = `found ${found(text)}, expected http:// or https://, a host and perhaps a port, without a path, query or password`;
  return [{ path: ['server', 'base_url'], message }];
};

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  const hasMore = /[?#]/.test(text) || url.username !== '' || url.password !== '';
  return url.pathname === '/' && !hasMore;
}

const checkProxies: Guard = ({ server }) =>
  server.trusted_proxies.flatMap((range, at) =>
    isAddressRange(range)
      ? []
      : [
          {
            path: ['server', 'trusted_proxies', at],
            message: `found ${found(range)}, expected an IP address, a CIDR range such as "10.0.0.0/8", "loopback", "linklocal" or "uniquelocal"`,
          },
        ],
  );

function isAddressRange(range: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(range)) return true;
  const [address = '', bits, ...more] = range.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

const checkMetrics: Guard = ({ metrics, server }) =>
  metrics !== null && metrics.port === server.port && metrics.host === server.host
    ? [
        {
          path: ['metrics', 'port'],
          or: ['server', 'port'],
          message: `found ${metrics.port}, where the server itself listens, expected another port`,
        },
      ]
    : [];

const checkSignUp: Guard = ({ sign_up: { mode, domains } }) => {
  if (mode === 'domains' && domains.length === 0) {
    const message = 'found "domains" without any sign_up.domains, expected at least one';
    return [{ path: ['sign_up', 'mode'], message }];
  }
  if (mode === 'open' && domains.length > 0) {
    const message = 'found domains while sign_up.mode is "open", expected the mode "domains"';
    return [{ path: ['sign_up', 'domains'], or: ['sign_up', 'mode'], message }];
  }
  return [];
};

const checkSessions: Guard = ({ sessions: { idle_hours, absolute_hours } }) =>
  idle_hours <= absolute_hours
    ? []
    : [
        {
          path: ['sessions', 'idle_hours'],
          or: ['sessions', 'absolute_hours'],
          message: `found idle_hours ${idle_hours} above absolute_hours ${absolute_hours}, expected at most that`,
        },
      ];

const checkTokens: Guard = ({ tokens: { longest_life_days, allow_never } }) =>
  longest_life_days !== null && allow_never
    ? [
        {
          path: ['tokens', 'longest_life_days'],
          message: `found ${longest_life_days} while tokens.allow_never is true, expected allow_never: false or longest_life_days: null`,
        },
      ]
    : [];

const checkOAuth: Guard = ({ oauth: { access_minutes, refresh_days, longest_days } }) => {
  const shortest = Math.max(refresh_days, access_minutes / MINUTES_PER_DAY);
  if (shortest <= longest_days) return [];
  const message = `found ${longest_days}, shorter than the tokens themselves, expected at least ${Math.ceil(shortest)}`;
  return [{ path: ['oauth', 'longest_days'], or: ['oauth', 'refresh_days'], message }];
};
const MINUTES_PER_DAY = 1440;

const GUARDS: readonly Guard[] = [
  checkAccent,
  checkLinks,
  checkBaseUrl,
  checkProxies,
  checkMetrics,
  checkSignUp,
  checkSessions,
  checkTokens,
  checkOAuth,
  ...CATALOGUE_GUARDS,
];
