import type { Proof } from '../types.ts';
import type { Factor } from './factor.ts';

/**
 * A link to the address. The evidence is its live proof, for a browser that may use it. RFC 8176 has no method for it: `otp`
 * would not tell it from the codes of an authenticator, and `mca` says nothing about which channels.
 */
export const emailFactor = {
  method: 'email',
  name: 'e-mail',
  isEnough: true,
  // The secret in a link is an HMAC.
  isGuessable: false,
  isSetUp: ({ emailVerifiedAt }) => emailVerifiedAt !== null,
  async judge({ clock }, { id, userId, purpose }, { user }) {
    if (userId !== user.id) return null;
    return {
      redeem: async ({ proofs }) => (await proofs.redeem(id, purpose, clock())) !== null,
      renew: async () => ({}),
    };
  },
} as const satisfies Factor<Proof>;
