/**
 * The floor: the least that a check over HTTP allows. Read the header, hash the token, look it up in a map, write the
 * answer. No routing, validation, limits, counting or log. Its headers and bodies are those that Gatehouse gave.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

/** An answer to copy. */
export interface Sample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FloorContent {
  readonly port: number;
  readonly token: string;
  readonly allowed: Sample;
  readonly refused: Sample;
}

// The program that starts it writes this argument.
const content = JSON.parse(process.argv[2] ?? '') as FloorContent;
const { port, token, allowed, refused } = content;

const idOf = (value: string): string => value.slice(-48, -36);
const sha256 = (value: string): Buffer => Buffer.from(hash('sha256', value, 'latin1'), 'latin1');
const known = new Map([[idOf(token), { hash: sha256(token), view: JSON.parse(allowed.body) }]]);

createServer((request, response) => {
  const value = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const found = known.get(idOf(value));
  if (found === undefined || !timingSafeEqual(found.hash, sha256(value))) {
    response.writeHead(401, lengthen(refused.headers, refused.body)).end(refused.body);
    return;
  }
  const body = JSON.stringify(found.view);
  response.writeHead(200, lengthen(allowed.headers, body)).end(body);
}).listen(port, '127.0.0.1');

function lengthen(headers: Sample['headers'], body: string): Record<string, string> {
  return { ...headers, 'content-length': String(Buffer.byteLength(body)) };
}
