/**
 * Secrets that nobody was given: each counts against the network that it came from and, for a client secret, against the
 * client. What is right is never counted and never turned away, from wherever it comes.
 */
import { createMemoryLimits } from './memory.ts';
import { pourOne, SharedBuckets, type Sharing } from './shared-buckets.ts';
import type { Poured } from './limits.ts';
import type { Limit, Rules } from './rules.ts';

export interface RefusedCredentials {
  /** Counts one; the answer is the stricter of the two. `client` only when there is such a client. */
  count(network: string, client?: string): Promise<RefusedCount>;
}

export interface RefusedCount {
  readonly allowed: boolean;
  readonly limit: number;
  /** How many more would be allowed at this moment. */
  readonly remaining: number;
  /** 0 when allowed. */
  readonly retryAfterSeconds: number;
}

/** Counts one in a leaky bucket. */
type CountOne = (limit: Limit) => Promise<Poured>;

const MOST_NETWORKS = 100_000;
const MOST_CLIENTS = 50_000;

/** For one process. `now` in seconds by a clock that is never set. */
export function refusedInMemory(rules: Rules, now: () => number): RefusedCredentials {
  const [networks, clients] = [createMemoryLimits(MOST_NETWORKS), createMemoryLimits(MOST_CLIENTS)];
  return refusedCredentials(rules, {
    network: (limit) => pourOne(networks, limit, now()),
    client: (limit) => pourOne(clients, limit, now()),
  });
}

/** For all processes on one database. */
export function refusedAmongProcesses(rules: Rules, sharing: Sharing): RefusedCredentials {
  const buckets = new SharedBuckets(sharing);
  const count: CountOne = (limit) => buckets.count(limit);
  return refusedCredentials(rules, { network: count, client: count });
}

function refusedCredentials(
  rules: Rules,
  count: Readonly<Record<'network' | 'client', CountOne>>,
): RefusedCredentials {
  const answerFor = async (counting: CountOne, limit: Limit): Promise<RefusedCount> => {
    const { allowed, remaining, retryAfterSeconds } = await counting(limit);
    return allowed > 0
      ? { allowed: true, limit: limit.most, remaining, retryAfterSeconds: 0 }
      : {
          allowed: false,
          limit: limit.most,
          remaining,
          retryAfterSeconds: Math.max(1, retryAfterSeconds),
        };
  };
  return {
    async count(network, client) {
      const ofNetwork = answerFor(count.network, rules('refusedOfNetwork', network));
      if (client === undefined) return ofNetwork;
      const ofClient = answerFor(count.client, rules('refusedAtClient', client));
      return stricter(await ofNetwork, await ofClient);
    },
  };
}

/** The longer wait, and of two that need none the one with less room. */
function stricter(network: RefusedCount, client: RefusedCount): RefusedCount {
  const longer = client.retryAfterSeconds - network.retryAfterSeconds;
  if (longer !== 0) return longer > 0 ? client : network;
  return client.remaining < network.remaining ? client : network;
}
