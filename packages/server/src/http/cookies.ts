/**
 * Names and attributes of the cookies, decided once. Never sets one that scripts or other hosts could read.
 * Read when a page asks: the API takes none, and must not pay for looking.
 */
import { parseCookie, stringifySetCookie, type SetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Cookies {
  read(request: FastifyRequest, name: string): string | null;
  /** As cookies were named before names told ports apart; for those that must outlive that change. */
  readEarlier(request: FastifyRequest, name: string): string | null;
  /** Without `maxAgeSeconds` the cookie ends with the browser. */
  set(reply: FastifyReply, name: string, cookie: { value: string; maxAgeSeconds?: number }): void;
  clear(reply: FastifyReply, name: string): void;
}

/** Longer values are never ours; reading them costs. Browsers keep 4096 bytes of name, value and attributes. */
const MAX_VALUE_LENGTH = 3500;

export function createCookies(baseUrl: string): Cookies {
  const { protocol, port } = new URL(baseUrl);
  const isSecure = protocol === 'https:';
  // `__Host-` makes the browser itself insist on Secure, Path=/ and no Domain, so no sibling host can plant one.
  const plain = (name: string): string => (isSecure ? `__Host-${name}` : name);
  // RFC 6265 section 8.5: cookies are shared by all ports of a host, so each instance there needs names of its own.
  const full = (name: string): string => plain(port === '' ? name : `${name}_${port}`);
  const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure } as const;
  return {
    read: (request, name) => valueOf(request, full(name)),
    readEarlier: (request, name) => (port === '' ? null : valueOf(request, plain(name))),
    set(reply, name, { value, maxAgeSeconds }) {
      const maxAge = maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds };
      write(reply, { ...attributes, name: full(name), value, ...maxAge });
    },
    clear(reply, name) {
      const over = { maxAge: 0, expires: new Date(0) };
      write(reply, { ...attributes, name: full(name), value: '', ...over });
    },
  };
}

function valueOf({ headers }: FastifyRequest, name: string): string | null {
  const value = headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[name];
  return value === undefined || value.length > MAX_VALUE_LENGTH ? null : value;
}

/** RFC 6265 section 4.1.1: no name twice in one answer; the last word counts. */
function write(reply: FastifyReply, cookie: SetCookie): void {
  const before = [reply.getHeader('set-cookie') ?? []].flat().map(String);
  const others = before.filter((line) => !line.startsWith(`${cookie.name}=`));
  void reply
    .removeHeader('set-cookie')
    .header('set-cookie', [...others, stringifySetCookie(cookie)]);
}
