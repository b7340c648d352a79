/**
 * Files that never change while the process runs, compressed once. Never used for an answer to one person: the length of a
 * compressed page tells what is in it, to whoever can add text to it and watch the line (BREACH).
 */
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import { acceptedCoding } from './accept.ts';

const CODINGS = ['br', 'gzip'] as const;
type Coding = (typeof CODINGS)[number];

export interface StaticFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly coded: Readonly<Record<Coding, Buffer>>;
}

export function staticFile(type: string, content: string): StaticFile {
  const plain = Buffer.from(content);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  return {
    type,
    plain,
    coded: { br: brotliCompressSync(plain, { params }), gzip: gzipSync(plain, { level: 9 }) },
  };
}

export function sendStatic(reply: FastifyReply, { type, plain, coded }: StaticFile): FastifyReply {
  const coding = acceptedCoding(reply.request.headers['accept-encoding'], CODINGS);
  void reply.type(type).header('vary', 'Accept-Encoding');
  return coding === null
    ? reply.send(plain)
    : reply.header('content-encoding', coding).send(coded[coding]);
}
