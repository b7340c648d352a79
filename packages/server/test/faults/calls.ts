/** The two calls that the faults are watched through: one that writes and one that only reads. */
import type { Config } from '../../src/config/config.ts';

export interface Answer {
  readonly status: number;
  /** What a refusal is called. */
  readonly reason: string | null;
  readonly retryAfter: number;
  /** The credential that was made. */
  readonly value: string;
}

export async function createToken(base: string, token: string): Promise<Answer> {
  const answer = await fetch(`${base}/v2/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ description: 'x', scopes: ['asset.read'], expires_in: null }),
  });
  const body = (await answer.json()) as {
    id?: string;
    token?: string;
    errors?: readonly { reason?: string }[];
  };
  return {
    status: answer.status,
    reason: body.errors?.[0]?.reason ?? null,
    retryAfter: Number(answer.headers.get('retry-after')),
    value: body.token ?? '',
  };
}

/** The status of a call that needs nothing but the check of its token. */
export async function readMe(base: string, token: string): Promise<number> {
  const answer = await fetch(`${base}/v2/me`, { headers: { authorization: `Bearer ${token}` } });
  await answer.body?.cancel();
  return answer.status;
}

/** A thousand calls a second are not what these tests are about. */
export const unlimited = (config: Config): Config => ({
  ...config,
  rateLimit: {
    requests: 1_000_000,
    failures: 1_000_000,
    windowSeconds: 60,
    changesPerDay: 1_000_000,
  },
  tokens: { ...config.tokens, mostPerUser: 1_000_000 },
});

export const PUT_OFF = { status: 503, reason: 'temporarily_unavailable' } as const;
