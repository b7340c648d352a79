/** Which address a request came from: that of the connection, or what trusted proxies say of it in `X-Forwarded-For`. */
import { BlockList, isIP } from 'node:net';

/** `peer` is the other end of the connection; `forwarded` the header, as it was sent. */
export type ClientAddress = (peer: string, forwarded: string | undefined) => string;

/** The names that the configuration takes beside addresses and CIDR ranges. */
const NAMED: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    loopback: ['127.0.0.0/8', '::1/128'],
    linklocal: ['169.254.0.0/16', 'fe80::/10'],
    uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
  }),
);

/**
 * Walks from the connection outwards and ends at the first address that is no trusted proxy. An entry that holds no
 * address ends the walk: the proxy that wrote it then stands for its client, so that there always is an address.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  if (trustedProxies.length === 0) return (peer) => peer;
  const trusted = listOf(trustedProxies.flatMap((range) => NAMED.get(range) ?? [range]));
  return (peer, forwarded) => {
    let nearest = peer;
    for (const entry of (forwarded ?? '').split(',').toReversed()) {
      const next = isTrusted(trusted, nearest) ? addressIn(entry.trim()) : null;
      if (next === null) return nearest;
      nearest = next;
    }
    return nearest;
  };
}

/** Whether an address is one of trusted proxies. */
export function createIsTrusted(trustedProxies: readonly string[]): (address: string) => boolean {
  const trusted = listOf(trustedProxies.flatMap((range) => NAMED.get(range) ?? [range]));
  return (address) => isTrusted(trusted, address);
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function isTrusted(trusted: BlockList, address: string): boolean {
  const [bare = ''] = address.split('%');
  return trusted.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4');
}

/** `203.0.113.7:51234` and `[2001:db8::7]:443`, as some proxies write them. */
const WITH_PORT = /^(?:(?<v4>[\d.]+)|\[(?<v6>[^\]]+)\])(?::\d+)?$/;

function addressIn(entry: string): string | null {
  const { v4, v6 } = WITH_PORT.exec(entry)?.groups ?? {};
  const address = v4 ?? v6 ?? entry;
  return isIP(address) === 0 ? null : address;
}
