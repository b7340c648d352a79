/** How to reach the SMTP server, and which words of its answers may be ours. Never lets a message leave without TLS where TLS is required. */
import { getCACertificates } from 'node:tls';
import type { Options } from 'nodemailer/lib/smtp-connection';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly isImplicitTls: boolean;
  /** With STARTTLS or from the first byte; whatever is offered must prove the name of the host. */
  readonly tls: 'required' | 'if-offered' | 'never';
  /** PEM: trusted beside the authorities that Node trusts. */
  readonly ca: string | null;
  /** For EHLO. */
  readonly name: string;
  readonly auth: { readonly user: string; readonly pass: string } | null;
}

export interface SmtpTimeouts {
  /** Until the connection stands, its greeting and TLS included. */
  readonly connectionMilliseconds: number;
  /** Silence in the middle of the conversation. */
  readonly socketMilliseconds: number;
}

export function connectionOptions(server: SmtpServer, timeouts: SmtpTimeouts): Options {
  return {
    host: server.host,
    port: server.port,
    name: server.name,
    secure: server.isImplicitTls,
    requireTLS: server.tls === 'required',
    ignoreTLS: server.tls === 'never',
    connectionTimeout: timeouts.connectionMilliseconds,
    dnsTimeout: timeouts.connectionMilliseconds,
    greetingTimeout: timeouts.connectionMilliseconds,
    socketTimeout: timeouts.socketMilliseconds,
    tls: {
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      // With a list of its own Node forgets the others, those of NODE_EXTRA_CA_CERTS among them.
      ...(server.ca !== null && { ca: [...getCACertificates('default'), server.ca] }),
    },
  };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What a server may have been told and can say back (RFC 4616, RFC 4954). */
function secretsOf({ auth }: SmtpServer): readonly string[] {
  if (auth === null) return [];
  const { user, pass } = auth;
  return [pass, base64(pass), base64(`\0${user}\0${pass}`), base64(user), encodeURIComponent(pass)];
}

/** Shorter ones are parts of too many words. */
const LEAST_LETTERS = 4;
/** So many letters in a row of something secret are no accident. */
const TELLING_LETTERS = 8;
const RUN = /[^\s<>()[\]"',;:]+/g;

/** Covers every run of characters that holds something that signs in, or a part of it. */
export function withoutSecrets(said: string, server: SmtpServer): string {
  const secrets = secretsOf(server).filter((secret) => secret !== '');
  const covered = secrets.reduce((text, secret) => text.replaceAll(secret, '(…)'), said);
  const tells = (run: string): boolean =>
    run.length >= LEAST_LETTERS &&
    secrets.some((secret) => secret.includes(run) || sharesLetters(run, secret));
  return covered.replace(RUN, (run) => (tells(run) ? '(…)' : run));
}

function sharesLetters(run: string, secret: string): boolean {
  for (let start = 0; start + TELLING_LETTERS <= secret.length; start++)
    if (run.includes(secret.slice(start, start + TELLING_LETTERS))) return true;
  return false;
}
