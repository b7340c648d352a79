/** SMTP servers on loopback: one that takes or refuses mail as told, and one that never says a word. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface PostOffice {
  readonly url: string;
  readonly received: ParsedMail[];
  readonly raw: string[];
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

export async function openPostOffice(): Promise<PostOffice> {
  const received: ParsedMail[] = [];
  const raw: string[] = [];
  const recipients: string[][] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
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
    url: `smtp://127.0.0.1:${port}`,
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
