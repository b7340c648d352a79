/**
 * How many connections a listener keeps, in all and from one network, so that nobody uses up the file descriptors of the
 * process. A connection beyond the limit is closed before anything is read from it.
 */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '../kit/network.ts';

export interface ConnectionLimits {
  readonly most: number;
  readonly mostPerAddress: number;
  /** Stands for many clients, as a proxy does: only the limit of all counts. */
  readonly isExempt?: (address: string) => boolean;
}

/** For the database, mail, the metrics listener and files. */
const KEPT_BACK = 64;

/** The limits that the process can keep: a small limit of descriptors makes them smaller. */
export function withinDescriptors(
  { most, mostPerAddress }: Pick<ConnectionLimits, 'most' | 'mostPerAddress'>,
  descriptors = descriptorLimit(),
): Pick<ConnectionLimits, 'most' | 'mostPerAddress'> {
  const possible = Math.max(1, Math.min(most, descriptors - KEPT_BACK));
  return {
    most: possible,
    // So that one network leaves room for others.
    mostPerAddress: Math.max(1, Math.min(mostPerAddress, Math.ceil(possible / 2))),
  };
}

/** Linux tells it; elsewhere only the configuration bounds. */
function descriptorLimit(): number {
  try {
    const [, soft = ''] =
      /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return /^\d+$/.test(soft) ? Number(soft) : Infinity;
  } catch {
    return Infinity;
  }
}

/** Call before anything else listens to connections. */
export function boundConnections(server: Server, limits: ConnectionLimits): void {
  const { most, mostPerAddress, isExempt = () => false } = limits;
  const perNetwork = new Map<string, number>();
  let all = 0;

  const hasRoom = (network: string | null): boolean =>
    all < most && (network === null || (perNetwork.get(network) ?? 0) < mostPerAddress);

  function count(network: string | null, change: 1 | -1): void {
    all += change;
    if (network === null) return;
    const left = (perNetwork.get(network) ?? 0) + change;
    if (left === 0) perNetwork.delete(network);
    else perNetwork.set(network, left);
  }

  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    const network = isExempt(remoteAddress) ? null : networkOf(remoteAddress);
    // Whoever waits between two requests can connect again.
    if (all >= most) server.closeIdleConnections();
    if (!hasRoom(network)) {
      socket.destroy();
      return;
    }
    count(network, 1);
    socket.once('close', () => count(network, -1));
  });
}
