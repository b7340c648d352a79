/** The SMTP server that the settings name, read once. Never puts the URL or a part of it into a message: it has a password. */
import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { codeOf, readBounded, Unreadable } from '../kit/bounded-file.ts';
import { isLoopbackHost } from '../kit/loopback.ts';
import { isWholeUrl } from '../kit/whole-url.ts';
import type { SmtpServer } from './smtp.ts';

/** As in the configuration. */
export interface SmtpSettings {
  readonly from: string;
  readonly smtpUrl: string | null;
  readonly smtpTls: 'required' | 'never';
  readonly smtpCaFile: string | null;
  readonly smtpName: string | null;
}

const EXPECTED =
  'expected smtp://user:password@host:port or smtps://…, with reserved characters percent-encoded';
const PORTS = { smtp: 587, smtps: 465 } as const;

/** What is wrong with the URL; `null` when nothing is. */
export function problemOfSmtpUrl(text: string): string | null {
  const url = isWholeUrl(text) ? URL.parse(text) : null;
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return EXPECTED;
  if (url.search !== '' || url.hash !== '' || !['', '/'].includes(url.pathname)) {
    return 'found something after host and port, expected nothing; mail.smtp_tls, mail.smtp_ca_file and mail.smtp_name say what a query could';
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

/** What is wrong with the file of `smtpCaFile`, to be put after its name. */
export class UnusableCertificates extends Error {
  override readonly name = 'UnusableCertificates';
}

interface Surroundings {
  /** Where relative names begin. */
  readonly directory: string;
  /** What users type to reach Gatehouse. */
  readonly baseUrl: string;
}

/** Throws `UnusableCertificates`. The URL has been judged. */
export function readSmtpServer(
  settings: SmtpSettings,
  { directory, baseUrl }: Surroundings,
): SmtpServer | null {
  const { smtpUrl, smtpTls, smtpCaFile, smtpName } = settings;
  const ca = smtpCaFile === null ? null : readCertificates(smtpCaFile, directory);
  const url = smtpUrl === null ? null : URL.parse(smtpUrl);
  if (url === null) return null;
  const isImplicitTls = url.protocol === 'smtps:';
  const user = decoded(url.username) ?? '';
  const pass = decoded(url.password) ?? '';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? PORTS[isImplicitTls ? 'smtps' : 'smtp'] : Number(url.port),
    isImplicitTls,
    tls: tlsOf(smtpTls, url.hostname),
    ca,
    name: smtpName ?? nameOf(settings.from, new URL(baseUrl).hostname),
    auth: user === '' && pass === '' ? null : { user, pass },
  };
}

function tlsOf(asked: SmtpSettings['smtpTls'], host: string): SmtpServer['tls'] {
  if (asked === 'never') return 'never';
  return isLoopbackHost(host) ? 'if-offered' : 'required';
}

const LARGEST_FILE = 1_048_576;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function readCertificates(name: string, directory: string): string {
  let text = '';
  try {
    const path = resolve(directory, name);
    if (statSync(path).isFile())
      text = readBounded(path, { mostBytes: LARGEST_FILE }).toString('utf8');
  } catch (error) {
    throw new UnusableCertificates(
      error instanceof Unreadable ? error.message : `cannot be read (${codeOf(error)})`,
    );
  }
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0 || !found.every(isCertificate)) {
    throw new UnusableCertificates('is no file of at most 1 MiB with certificates in PEM');
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
function nameOf(from: string, host: string): string {
  const bare = host.replace(/^\[|\]$/g, '');
  if (!isLoopbackHost(bare)) return isIP(bare) === 0 ? bare : literalOf(bare);
  return /@([a-z0-9.-]+)/i.exec(from)?.[1] ?? 'localhost';
}

/** RFC 5321 section 4.1.3. */
const literalOf = (address: string): string =>
  isIP(address) === 6 ? `[IPv6:${address}]` : `[${address}]`;
