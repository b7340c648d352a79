/** An SMTP server on loopback that answers each command as told, keeps silent or hangs up, and remembers every line. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What it says; `null`: nothing; `'hang up'`: closes the connection. */
type Reply = string | null;

export interface Script {
  readonly greeting?: Reply;
  readonly ehlo?: Reply;
  readonly starttls?: Reply;
  readonly auth?: Reply;
  readonly mail?: Reply;
  readonly rcpt?: Reply;
  readonly data?: Reply;
  /** To the end of the message. */
  readonly dot?: Reply;
}

export const HANG_UP = 'hang up';

export interface ScriptedServer {
  readonly url: string;
  /** Changed while it runs. */
  script: Script;
  readonly lines: string[];
  /** How often it was given the end of a message. */
  dots: number;
  /** Those that wait at the end of a message, to be answered. */
  readonly waiting: Socket[];
  close(): void;
}

const ANSWERS: Required<Script> = {
  greeting: '220 mail.example.net ESMTP',
  ehlo: '250 mail.example.net',
  starttls: '502 5.5.1 not here',
  auth: '235 2.7.0 welcome',
  mail: '250 2.1.0 fine',
  rcpt: '250 2.1.5 fine',
  data: '354 go on',
  dot: '250 2.0.0 queued',
};

export async function openScriptedServer(script: Script = {}): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    converse(socket, server);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const server: ScriptedServer = {
    url: `smtp://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    script,
    lines: [],
    dots: 0,
    waiting: [],
    close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
  return server;
}

function converse(socket: Socket, server: ScriptedServer): void {
  const say = (part: keyof Script): void => {
    const reply = server.script[part] === undefined ? ANSWERS[part] : server.script[part];
    if (reply === HANG_UP) socket.destroy();
    else if (reply !== null) socket.write(`${reply}\r\n`);
  };
  let isMessage = false;
  const partOf = (line: string): keyof Script | null => {
    if (!isMessage) return COMMANDS.find(([pattern]) => pattern.test(line))?.[1] ?? null;
    return line === '.' ? 'dot' : null;
  };
  say('greeting');
  createInterface({ input: socket }).on('line', (line) => {
    server.lines.push(line);
    const part = partOf(line);
    if (part === 'dot') {
      server.dots += 1;
      server.waiting.push(socket);
    }
    if (part !== null) say(part);
    else if (!isMessage) socket.write('250 2.0.0 fine\r\n');
    const isTaken = part === 'data' && (server.script.data ?? ANSWERS.data ?? '').startsWith('354');
    isMessage = isTaken || (isMessage && part !== 'dot');
  });
}

const COMMANDS: readonly (readonly [RegExp, keyof Script])[] = [
  [/^(EHLO|HELO)/i, 'ehlo'],
  [/^STARTTLS/i, 'starttls'],
  [/^AUTH/i, 'auth'],
  [/^MAIL/i, 'mail'],
  [/^RCPT/i, 'rcpt'],
  [/^DATA/i, 'data'],
];
