/** SMTP servers on loopback: one that takes or refuses mail as told, and one that never says a word. */
import { createECDH, createHash, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { SmtpServer } from '../../src/mail/smtp.ts';

export type CertificateName = 'good' | 'wrong-name' | 'expired' | 'self-signed';

export const pemOf = (name: CertificateName | 'ca'): string =>
  readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), 'utf8');

/** Of a certificate: anybody can compute it, so that no key is kept. */
export function keyOf(name: CertificateName): string {
  const secret = createHash('sha256').update(`test key: ${name}`).digest();
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(secret);
  const point = curve.getPublicKey();
  const part = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const [x, y] = [part(point.subarray(1, 33)), part(point.subarray(33))];
  const jwk = { kty: 'EC', crv: 'P-256', d: part(secret), x, y };
  const key = createPrivateKey({ format: 'jwk', key: jwk });
  return key.export({ type: 'pkcs8', format: 'pem' });
}

/** The server at a URL on loopback, as the configuration reads it there. */
export function serverAt(url: string, changes: Partial<SmtpServer> = {}): SmtpServer {
  const { hostname, port, protocol } = new URL(url);
  const isImplicitTls = protocol === 'smtps:';
  const plain = { ca: null, auth: null, name: 'forge.example', tls: 'if-offered' } as const;
  return { host: hostname, port: Number(port), isImplicitTls, ...plain, ...changes };
}

interface OfficeOptions {
  /** Offers STARTTLS, or speaks TLS from the first byte. */
  readonly tls?: { readonly certificate: CertificateName; readonly isImplicit?: boolean };
  /** Wants this password of everybody. */
  readonly password?: string;
}

export interface PostOffice {
  readonly url: string;
  readonly received: ParsedMail[];
  readonly raw: string[];
  /** Passwords that arrived, right or wrong. */
  readonly passwords: string[];
  /** Names said in EHLO. */
  readonly names: string[];
  /** Envelope recipients, one list a message. */
  readonly recipients: string[][];
  /** When set, what every recipient (or the message itself) is answered. */
  refusal: {
    readonly code: number;
    readonly says: string;
    readonly at: 'recipient' | 'data';
  } | null;
  close(): Promise<void>;
}

const refuse = ({ code, says }: { code: number; says: string }): Error =>
  Object.assign(new Error(says), { responseCode: code });

export async function openPostOffice(options: OfficeOptions = {}): Promise<PostOffice> {
  const { tls, password } = options;
  const received: ParsedMail[] = [];
  const raw: string[] = [];
  const recipients: string[][] = [];
  const passwords: string[] = [];
  const names: string[] = [];
  const server = new SMTPServer({
    disabledCommands: [
      ...(tls === undefined ? ['STARTTLS'] : []),
      ...(password === undefined ? ['AUTH'] : []),
    ],
    ...(tls !== undefined && {
      secure: tls.isImplicit === true,
      cert: pemOf(tls.certificate),
      key: keyOf(tls.certificate),
    }),
    allowInsecureAuth: true,
    authOptional: password === undefined,
    onAuth(auth, _session, done) {
      passwords.push(auth.password ?? '');
      if (auth.password === password) return done(null, { user: auth.username });
      done(refuse({ code: 535, says: 'no such user or password' }));
    },
    onMailFrom(_address, { hostNameAppearsAs }, done) {
      names.push(hostNameAppearsAs);
      done();
    },
    onRcptTo(_address, _session, done) {
      const { refusal } = office;
      done(refusal?.at === 'recipient' ? refuse(refusal) : null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { refusal } = office;
        if (refusal?.at === 'data') return done(refuse(refusal));
        const source = Buffer.concat(chunks);
        raw.push(source.toString());
        recipients.push(session.envelope.rcptTo.map(({ address }) => address));
        simpleParser(source, (error, mail) => {
          if (error) return done(error);
          received.push(mail);
          done();
        });
      });
    },
  });
  // A client that gives up in the middle is not an error of the test.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  const office: PostOffice = {
    url: `${tls?.isImplicit === true ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    passwords,
    names,
    received,
    raw,
    recipients,
    refusal: null,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
  return office;
}

/** Accepts connections and never greets. */
export async function openSilentServer(): Promise<{
  url: string;
  connections: number;
  close(): void;
}> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    silent.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const silent = {
    url: `smtp://127.0.0.1:${port}`,
    connections: 0,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return silent;
}
