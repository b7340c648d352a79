/** The SMTP server that the settings name, read once. Never puts the URL or a part of it into a message: it has a password. */
import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { readBounded, Unreadable } from '../kit/bounded-file.ts';
import { codeOf } from './file.ts';
import { isLoopbackHost } from './loopback.ts';
import type { ConfigError } from './problem.ts';
import type { Settings } from './schema.ts';
import { isWholeUrl } from './whole-url.ts';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (`smtps:`). */
  readonly isImplicitTls: boolean;
  /** `if-offered`: on loopback, where nobody else can listen. */
  readonly tls: 'required' | 'if-offered' | 'never';
  /** PEM: trusted beside the authorities that Node trusts. */
  readonly ca: string | null;
  /** How the server introduces itself in EHLO. */
  readonly name: string;
  readonly auth: { readonly user: string; readonly pass: string } | null;
}

const EXPECTED =
  'GATEHOUSE_SMTP_URL: expected smtp://user:password@host:port or smtps://…, with reserved characters percent-encoded';
const PORTS = { smtp: 587, smtps: 465 } as const;

/** What is wrong with the URL; `null` when nothing is. */
export function problemOfSmtpUrl(text: string): string | null {
  const url = isWholeUrl(text) ? URL.parse(text) : null;
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return EXPECTED;
  if (url.search !== '' || url.hash !== '' || !['', '/'].includes(url.pathname)) {
    return 'GATEHOUSE_SMTP_URL: found something after host and port, expected nothing; mail.smtp_tls, mail.smtp_ca_file and mail.smtp_name say what a query could';
  }
  return decoded(url.username) === null || decoded(url.password) === null ? EXPECTED : null;
}

const decoded = (text: string): string | null => {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
};

interface Place {
  /** Where relative names begin. */
  readonly directory: string;
  readonly refuse: (message: string) => ConfigError;
}

/** Throws what `refuse` makes when the certificates cannot be used. The URL has been judged. */
export function readSmtpServer(
  text: string | null,
  settings: Pick<Settings, 'mail' | 'server'>,
  place: Place,
): SmtpServer | null {
  const { mail } = settings;
  const ca = mail.smtp_ca_file === null ? null : readCertificates(mail.smtp_ca_file, place);
  const url = text === null ? null : URL.parse(text);
  if (url === null) return null;
  const isImplicitTls = url.protocol === 'smtps:';
  const user = decoded(url.username) ?? '';
  const pass = decoded(url.password) ?? '';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? PORTS[isImplicitTls ? 'smtps' : 'smtp'] : Number(url.port),
    isImplicitTls,
    tls: tlsOf(mail.smtp_tls, url.hostname),
    ca,
    name: mail.smtp_name ?? nameOf(settings),
    auth: user === '' && pass === '' ? null : { user, pass },
  };
}

function tlsOf(asked: Settings['mail']['smtp_tls'], host: string): SmtpServer['tls'] {
  if (asked === 'never') return 'never';
  return isLoopbackHost(host) ? 'if-offered' : 'required';
}

const LARGEST_FILE = 1_048_576;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function readCertificates(name: string, { directory, refuse }: Place): string {
  let text = '';
  try {
    const path = resolve(directory, name);
    if (statSync(path).isFile())
      text = readBounded(path, { mostBytes: LARGEST_FILE }).toString('utf8');
  } catch (error) {
    throw refuse(
      error instanceof Unreadable
        ? `${name} ${error.message}`
        : `${name} cannot be read (${codeOf(error)})`,
    );
  }
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0 || !found.every(isCertificate)) {
    throw refuse(`${name} is no file of at most 1 MiB with certificates in PEM`);
  }
  return found.join('\n');
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

/** RFC 5321 section 4.1.4: the name of this host; strict servers refuse one without a dot, and loopback. */
function nameOf({ server, mail }: Pick<Settings, 'mail' | 'server'>): string {
  const host = server.base_url === null ? 'localhost' : new URL(server.base_url).hostname;
  const bare = host.replace(/^\[|\]$/g, '');
  if (!isLoopbackHost(bare)) return isIP(bare) === 0 ? bare : literalOf(bare);
  return /@([a-z0-9.-]+)/i.exec(mail.from)?.[1] ?? 'localhost';
}

/** RFC 5321 section 4.1.3. */
const literalOf = (address: string): string =>
  isIP(address) === 6 ? `[IPv6:${address}]` : `[${address}]`;
