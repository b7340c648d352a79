/** Names and attributes of the cookies, decided once. Never sets one that scripts or other hosts could read. */
import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Cookies {
  read(request: FastifyRequest, name: string): string | null;
  /** Without `maxAgeSeconds` the cookie ends with the browser. */
  set(reply: FastifyReply, name: string, cookie: { value: string; maxAgeSeconds?: number }): void;
  clear(reply: FastifyReply, name: string): void;
}

/** Longer values are never ours; reading them costs. */
const MAX_VALUE_LENGTH = 512;

export function createCookies(baseUrl: string): Cookies {
  const isSecure = new URL(baseUrl).protocol === 'https:';
  // `__Host-` makes the browser itself insist on Secure, Path=/ and no Domain, so no sibling host can plant one.
  const full = (name: string): string => (isSecure ? `__Host-${name}` : name);
  const attributes: CookieSerializeOptions = {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
  };
  return {
    read(request, name) {
      const value = request.cookies[full(name)];
      return value === undefined || value.length > MAX_VALUE_LENGTH ? null : value;
    },
    set(reply, name, { value, maxAgeSeconds }) {
      void reply.setCookie(full(name), value, {
        ...attributes,
        ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
      });
    },
    clear(reply, name) {
      void reply.clearCookie(full(name), attributes);
    },
  };
}
