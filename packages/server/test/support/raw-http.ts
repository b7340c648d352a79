/** HTTP over a plain socket: bytes go out exactly as written, for what no client library would send. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case, as sent. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const BODILESS: ReadonlySet<number> = new Set([100, 204, 304]);

const PATIENCE_MILLISECONDS = 10_000;

/** RFC 9112 section 7.1, without trailers; `null` until the last chunk is there. */
function readChunks(received: string, start: number): { body: string; end: number } | null {
  let body = '';
  for (let at = start; ;) {
    const lineEnd = received.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(received.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (received.length < next) return null;
    body += received.slice(lineEnd + 2, next - 2);
    if (size === 0) return { body, end: next };
    at = next;
  }
}

/** One connection that is kept alive: requests go out one after the other, answers are read by their length. */
export class Conversation {
  readonly #socket: Socket;
  #received = '';
  #wake: () => void = () => undefined;
  #isOver = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      this.#received += String(chunk);
      this.#wake();
    });
    socket.on('error', () => this.#end());
    socket.on('close', () => this.#end());
  }

  static async open(base: string): Promise<Conversation> {
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Conversation(socket);
  }

  async ask(bytes: string): Promise<RawAnswer> {
    this.write(bytes);
    const answer = await this.next();
    if (answer === null) throw new Error('the connection was closed instead of an answer');
    return answer;
  }

  write(bytes: string): void {
    this.#socket.write(bytes, 'latin1');
  }

  /** The next whole answer; `null` when the connection ends before it. */
  async next(): Promise<RawAnswer | null> {
    for (;;) {
      const answer = this.#take();
      if (answer !== null || this.#isOver) return answer;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MILLISECONDS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }

  #take(): RawAnswer | null {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return null;
    const [first = '', ...lines] = this.#received.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
    const headers = new Map(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    if (headers.get('transfer-encoding') === 'chunked' && !BODILESS.has(status)) {
      const read = readChunks(this.#received, end + 4);
      if (read === null) return null;
      this.#received = this.#received.slice(read.end);
      return { status, headers, body: Buffer.from(read.body, 'latin1').toString() };
    }
    const length = BODILESS.has(status) ? 0 : this.#lengthOf(headers, end + 4);
    if (length === null || this.#received.length < end + 4 + length) return null;
    const body = this.#received.slice(end + 4, end + 4 + length);
    this.#received = this.#received.slice(end + 4 + length);
    return { status, headers, body: Buffer.from(body, 'latin1').toString() };
  }

  /** Without a length the body ends with the connection. */
  #lengthOf(headers: ReadonlyMap<string, string>, start: number): number | null {
    const length = headers.get('content-length');
    if (length !== undefined) return Number(length);
    return this.#isOver ? this.#received.length - start : null;
  }
}
