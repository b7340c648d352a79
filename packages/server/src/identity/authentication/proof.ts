/**
 * E-mailed proofs. The secret in the link is an HMAC of the proof's id, made when the message is sent: neither the
 * database nor the outbox ever holds a link that works. A proof lives for a time, for one use, and for the state of the
 * user that it was sent in: `UserStore.update` and `ProofStore` say what ends it.
 */
import { isMadeBy, type DerivedKeys } from '../../keys/keys.ts';
import { equalBytes, hmacSha256 } from '../../kit/hash.ts';
import { days, hours, minutes } from '../../kit/clock.ts';
import { isUuid, newOrderedId } from '../../kit/ids.ts';
import type { AccountContext } from '../context.ts';
import type { AccountStores } from '../ports.ts';
import type { Proof, ProofPurpose, User } from '../types.ts';

/** A link that takes a deletion back lives as long as that can be done. */
type TimedPurpose = Exclude<ProofPurpose, 'cancel-deletion'>;

export const PROOF_SECONDS = {
  'verify-email': hours(24),
  'reset-password': hours(1),
  'step-up': minutes(15),
  'change-email': hours(24),
  'undo-email-change': days(7),
} as const satisfies Record<TimedPurpose, number>;

// `Object.keys` answers strings; these are the keys of the record above.
export const TIMED_PURPOSES = Object.keys(PROOF_SECONDS) as readonly TimedPurpose[];

const secretOf = (key: Uint8Array, purpose: ProofPurpose, id: string): Uint8Array =>
  hmacSha256(key, `${purpose}:${id}`);

/** The value in the link: `<proof id>.<secret>`, base64url. */
export const writeProof = ({ current }: DerivedKeys, purpose: ProofPurpose, id: string): string =>
  `${id}.${Buffer.from(secretOf(current, purpose, id)).toString('base64url')}`;

/** Answers the proof's id when the secret is right; whether it is live is the store's to say. */
function readProof(keys: DerivedKeys, purpose: ProofPurpose, value: string): string | null {
  const [id = '', secret = ''] = value.split('.', 2);
  if (!isUuid(id)) return null;
  const bytes = Buffer.from(secret, 'base64url');
  const isGenuine = isMadeBy(keys, (key) => equalBytes(bytes, secretOf(key, purpose, id)));
  return isGenuine ? id : null;
}

/** In the transaction of what it is sent for; answers its id. */
export async function insertProof(
  context: AccountContext,
  stores: AccountStores,
  proof: Pick<Proof, 'userId' | 'email'> &
    Partial<Pick<Proof, 'browserHash'>> & { readonly purpose: TimedPurpose },
): Promise<string> {
  const now = context.clock();
  // Ordered: an undo ends the undos of later changes.
  const id = newOrderedId();
  const times = { createdAt: now, expiresAt: now + PROOF_SECONDS[proof.purpose], usedAt: null };
  await stores.proofs.insert({ id, browserHash: null, ...proof, ...times });
  return id;
}

/** Looks at a link without using it up. */
export async function liveProof(
  context: AccountContext,
  purpose: ProofPurpose,
  value: string,
): Promise<Proof | null> {
  const id = readProof(context.proofKeys, purpose, value);
  return id === null ? null : context.storage.proofs.live(id, purpose, context.clock());
}

/**
 * Uses a link up; answers its user as they are now, or `null` when it is dead. The lock comes first: what ended the link
 * meanwhile is then committed, or comes after.
 */
export async function redeemProof(
  stores: AccountStores,
  { proof, now }: { proof: Proof; now: number },
): Promise<User | null> {
  await stores.users.lock(proof.userId);
  const user = await stores.users.byId(proof.userId);
  if (user === null || user.suspendedAt !== null) return null;
  const redeemed = await stores.proofs.redeem(proof.id, proof.purpose, now);
  return redeemed === null ? null : user;
}
