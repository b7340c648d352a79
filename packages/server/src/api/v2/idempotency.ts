/** The header by which a client makes one thing once, however often it asks. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { sha256 } from '../../kit/hash.ts';
import { newId } from '../../kit/ids.ts';

export const idempotencyHeader = (what: string) =>
  Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: `The same key never makes a second ${what}.`,
        examples: ['b2f6c1d4-nightly-export'],
      }),
    ),
  });

/** Hashed: what clients choose may be long, and must not meet the keys of the portal's forms. */
export function creationKeyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return `api:${newId()}`;
  return `api:${Buffer.from(sha256(String(key))).toString('base64url')}`;
}
