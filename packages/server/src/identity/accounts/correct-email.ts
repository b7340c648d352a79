/**
 * A mistyped address of somebody who has just signed up, corrected in the browser that signed up before any address was
 * proved; or the link once more to the same address. The answer and the statements are the same whether or not that sign-up made an account, and whether or not the
 * corrected address has one.
 */
import { sha256 } from '../../kit/hash.ts';
import { faultOfDomain } from './address.ts';
import { countAttempt, countMail } from '../authentication/attempts.ts';
import {
  originOfVisitor,
  userEvent,
  type AccountContext,
  type Invalid,
  type Limited,
  type Visitor,
} from '../context.ts';
import { parseEmail } from './email-address.ts';
import { AddressHeld } from './new-user.ts';
import { isNobody, nobodyAt } from '../authentication/nobody.ts';
import type { AccountNotice, AccountStores } from '../ports.ts';
import type { User } from '../types.ts';
import { insertVerification } from './verification.ts';

interface Correction {
  readonly email: string;
  /** The cookie that signing up gave this browser. */
  readonly browserToken: string;
}

export async function correctEmail(
  context: AccountContext,
  { email: typed, browserToken }: Correction,
  visitor: Visitor,
): Promise<{ outcome: 'sent'; email: string } | Invalid | Limited> {
  const email = parseEmail(typed);
  if (email === null)
    return { outcome: 'invalid', errors: { email: 'This is not an e-mail address.' } };
  const errors = faultOfDomain(context, email);
  if (errors !== null) return { outcome: 'invalid', errors };
  const { address } = visitor;
  const attempt = { act: 'change-email', account: browserToken, address } as const;
  const limited = await countAttempt(context, attempt);
  if (limited !== null) return limited;
  await context.storage.transaction(async (stores) => {
    const tooMany = await countMail(context, stores, { act: 'sign-up', email });
    if (tooMany !== null) return;
    const notice = await correct(context, stores, { email, browserToken, visitor });
    await stores.outbox.enqueue(notice);
  });
  context.onMail();
  return { outcome: 'sent', email };
}

/** Answers the message to send. The address changes at once, which ends the links to the mistyped one. */
async function correct(
  context: AccountContext,
  stores: AccountStores,
  { email: to, browserToken, visitor }: Correction & { readonly visitor: Visitor },
): Promise<AccountNotice> {
  const at = context.clock();
  const browserHash = sha256(browserToken);
  const before = await userOfBrowser(stores, { browserHash, at, email: to });
  const known = await stores.users.byEmail(to);
  const isHeld = await stores.proofs.isHeld(to, before.id, at);
  const isFree = !isHeld && (known === null || known.id === before.id);
  const user = isFree ? before : nobodyAt(to);
  const changes = { email: to, emailVerifiedAt: null, updatedAt: at };
  const isChanged = await stores.users.changeEmail(user.id, changes);
  // Seen only now when it was committed while the update waited for it. Undoes the update.
  const isHeldNow = await stores.proofs.isHeld(to, user.id, at);
  if (isChanged && isFree && isHeldNow) throw new AddressHeld();
  const after = isChanged ? { ...user, email: to } : nobodyAt(to);
  const proofId = await insertVerification(context, stores, { user: after, browserHash });
  const details = { before: before.email, after: to, isVerified: false };
  const origin = originOfVisitor(visitor, after.id);
  const type = 'email_changed';
  // The same address sends the link again. The same statement, of nobody, who has no events.
  const changed = before.email === to ? nobodyAt(to) : after;
  await stores.events.appendOfUser(userEvent(changed, { type, origin, at, details }));
  if (!isNobody(after)) return { kind: 'verify-email', to, name: after.name, proofId };
  return isChanged && isFree
    ? { kind: 'sign-up-again', to }
    : { kind: 'address-in-use', to, name: known?.name ?? '' };
}

/** Whoever signed up in this browser and is waiting for the link; nobody when that address had an account. */
async function userOfBrowser(
  stores: AccountStores,
  { browserHash, at, email }: { browserHash: Uint8Array; at: number; email: string },
): Promise<User> {
  const nobody = nobodyAt(email);
  const proof = await stores.proofs.liveOfBrowser(browserHash, 'verify-email', at);
  const userId = proof?.userId ?? nobody.id;
  await stores.users.lock(userId);
  // The link may have been used, or ended, until the lock was taken.
  const still = await stores.proofs.liveOfBrowser(browserHash, 'verify-email', at);
  const user = await stores.users.byId(still?.userId ?? nobody.id);
  return user === null || user.emailVerifiedAt !== null || user.suspendedAt !== null
    ? nobody
    : user;
}
