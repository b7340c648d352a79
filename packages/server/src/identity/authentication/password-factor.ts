import type { Factor } from './factor.ts';

/** The evidence is what was typed. */
export const passwordFactor = {
  method: 'pwd',
  name: 'password',
  isEnough: true,
  isGuessable: true,
  isSetUp: ({ passwordHash }) => passwordHash !== null,
  async judge({ passwords }, typed, { user: { passwordHash }, attempt }) {
    const { matches, isOutdated } = await passwords.verify(typed, passwordHash, attempt);
    if (!matches) return null;
    return {
      redeem: async (_stores, current) => current.passwordHash === passwordHash,
      renew: async () => (isOutdated ? { passwordHash: await passwords.hash(typed, attempt) } : {}),
    };
  },
} as const satisfies Factor<string>;
