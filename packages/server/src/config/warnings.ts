/** Settings that are allowed and seldom meant: `gatehouse serve` and `gatehouse doctor` say them. */
import type { Config } from './config.ts';
import { isLoopbackHost } from '../kit/loopback.ts';

export function warningsAbout(config: Config): readonly string[] {
  const { server, mail, signUp } = config;
  const base = new URL(server.baseUrl);
  const isPublic = !isLoopbackHost(base.hostname);
  const isBehindProxy = base.protocol === 'https:';
  const warnings: readonly (readonly [boolean, string])[] = [
    [
      isPublic && base.protocol === 'http:',
      `server.base_url is ${server.baseUrl}: passwords and tokens cross the network in the clear without https`,
    ],
    [
      !isLoopbackHost(server.host) && !isPublic,
      `server.host is ${server.host} while server.base_url is ${server.baseUrl}: links in messages work on this machine alone`,
    ],
    [
      isBehindProxy && server.trustedProxies.length === 0,
      'server.trusted_proxies is empty while server.base_url is https: everybody seems to come from the address of the proxy',
    ],
    [
      server.trustedProxies.some((range) => range.endsWith('/0')),
      'server.trusted_proxies trusts every address: anybody can claim any address',
    ],
    [
      mail.smtpUrl === null && (isPublic || !isLoopbackHost(server.host)),
      'GATEHOUSE_SMTP_URL is not set: nobody receives the message that verifies an address',
    ],
    [
      mail.smtpUrl !== null && /@localhost>?$/.test(mail.from),
      `mail.from is ${mail.from}: most servers refuse mail from localhost`,
    ],
    [
      mail.smtp?.tls === 'never' && !isLoopbackHost(mail.smtp.host),
      'mail.smtp_tls is never: the password of the SMTP server and links that give access cross the network in the clear',
    ],
    [
      signUp.mode === 'closed' && signUp.domains.length > 0,
      'sign_up.domains has no effect while sign_up.mode is closed',
    ],
  ];
  return warnings.filter(([applies]) => applies).map(([, text]) => text);
}
