/** What is done rarely and must be durable: making tokens, and signing in with the real cost of a password. */
import { median } from './medians.ts';
import { PASSWORD, type Workplace } from './workplace.ts';

export interface ActPace {
  readonly rounds: number;
  readonly tokens: number;
  readonly signIns: number;
  /** Callers that wait at the same time. */
  readonly callers: number;
}

export interface ActSpeeds {
  /** A second of wall clock. */
  readonly tokens: number;
  readonly signIns: number;
}

export async function measureActs(workplace: Workplace, pace: ActPace): Promise<ActSpeeds> {
  const tokens: number[] = [];
  const signIns: number[] = [];
  for (let round = 0; round < pace.rounds; round++) {
    tokens.push(await perSecond(pace.tokens, pace.callers, () => workplace.mint()));
    signIns.push(await perSecond(pace.signIns, pace.callers, () => signIn(workplace)));
  }
  return { tokens: median(tokens), signIns: median(signIns) };
}

async function signIn({ modules, user }: Workplace): Promise<void> {
  const visitor = { address: '192.0.2.1', agent: 'bench/1', deviceToken: null };
  const result = await modules.accounts.signIn({ email: user.email, password: PASSWORD }, visitor);
  if (result.outcome !== 'signed-in') throw new Error(`signing in was ${result.outcome}`);
}

async function perSecond(
  count: number,
  callers: number,
  act: () => Promise<unknown>,
): Promise<number> {
  let left = count;
  const call = async (): Promise<void> => {
    while (left-- > 0) await act();
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, call));
  return (count / (performance.now() - start)) * 1000;
}
