/**
 * Step-up: a person who is signed in proves again who they are, before an act whose effect lasts. By the password, or by a
 * link to the address of the account that works in the same session alone. A recent proof counts for its own session and
 * for no other.
 */
import { URGENT } from '../../kit/urgency.ts';
import { equalBytes } from '../../kit/hash.ts';
import { minutes } from '../../kit/clock.ts';
import type { Event, Origin } from '../../audit/event.ts';
import { countAttempt, forgiveAttempt, judge } from './attempts.ts';
import { userEvent, type AccountContext, type Limited, type Visitor } from '../context.ts';
import type { AccountStores } from '../ports.ts';
import { insertProof, liveProof, PROOF_SECONDS, redeemProof } from './proof.ts';
import type { Proof, ProvedBy, Session, User } from '../types.ts';

/** A sign-in or a step-up counts for so long. */
export const PROVED_SECONDS = minutes(10);
export const STEP_UP_LINK_SECONDS = PROOF_SECONDS['step-up'];

/** The session whose person proves who they are. */
export interface Prover {
  readonly user: User;
  readonly session: Session;
  readonly origin: Origin;
}

/** A proof from the future is of a clock that was wrong, and does not count. */
export function isProvedLately(
  { clock }: Pick<AccountContext, 'clock'>,
  session: Session,
): boolean {
  const age = clock() - (session.provedAt ?? session.createdAt);
  return age >= 0 && age < PROVED_SECONDS;
}

export type ProveOutcome = { readonly outcome: 'proved' } | { readonly outcome: 'wrong' } | Limited;

/** Counted for the session and not for the person: whoever holds a stolen session can lock out nobody but themselves. */
export async function proveByPassword(
  context: AccountContext,
  { password, ...prover }: Prover & { readonly password: string },
  { address }: Visitor,
): Promise<ProveOutcome> {
  const { user, session } = prover;
  const attempt = { act: 'prove', account: session.id, address } as const;
  const limited = await countAttempt(context, attempt);
  if (limited !== null) return limited;
  const check = await judge(context, attempt, () =>
    context.passwords.verify(password, user.passwordHash, attempt),
  );
  if (!check.matches) return refuse(context, prover);
  const isProved = await context.storage.transaction(async (stores) => {
    // A reset may have been answered while the password was being checked.
    await stores.users.lock(user.id);
    const current = await stores.users.byId(user.id);
    if (current?.passwordHash !== user.passwordHash || current.suspendedAt !== null) return false;
    return noteProof(context, stores, { ...prover, by: 'password' });
  }, URGENT);
  if (!isProved) return { outcome: 'wrong' };
  await forgiveAttempt(context, attempt);
  return { outcome: 'proved' };
}

async function refuse(context: AccountContext, prover: Prover): Promise<{ outcome: 'wrong' }> {
  const refused = { type: 'identity_refused', details: {}, at: context.clock() } as const;
  await context.storage.events.append(eventOf(prover, refused));
  return { outcome: 'wrong' };
}

async function noteProof(
  context: AccountContext,
  stores: AccountStores,
  { by, ...prover }: Prover & { readonly by: ProvedBy },
): Promise<boolean> {
  const { user, session } = prover;
  const at = context.clock();
  if (!(await stores.sessions.prove(session.id, { at, by }))) return false;
  await stores.proofs.voidAll(user.id, 'step-up', at);
  await stores.events.append(eventOf(prover, { type: 'identity_confirmed', details: { by }, at }));
  return true;
}

const eventOf = (
  { user, session, origin }: Prover,
  happened: Pick<Event, 'type' | 'details'> & { readonly at: number },
): Event =>
  userEvent(user, { ...happened, origin, resourceId: session.id, resourceType: 'session' });

/** To a proved address alone: any other may be a stranger's. */
export async function sendStepUpLink(
  context: AccountContext,
  { user, session }: Prover,
  { address }: Visitor,
): Promise<{ outcome: 'sent' } | { outcome: 'address-unproved' } | Limited> {
  if (user.emailVerifiedAt === null) return { outcome: 'address-unproved' };
  const limited = await countAttempt(context, { act: 'step-up-link', account: user.id, address });
  if (limited !== null) return limited;
  await context.storage.transaction(async (stores) => {
    await stores.proofs.voidAll(user.id, 'step-up', context.clock());
    const { id: userId, email: to, name } = user;
    const proof = {
      userId,
      purpose: 'step-up',
      email: to,
      browserHash: session.secretHash,
    } as const;
    const proofId = await insertProof(context, stores, proof);
    await stores.outbox.enqueue({ kind: 'confirm-identity', to, name, proofId });
  });
  context.onMail();
  return { outcome: 'sent' };
}

export type StepUpLink = 'ready' | 'other-browser' | 'dead-link';

/** Looks without using anything up. */
export async function inspectStepUpLink(
  context: AccountContext,
  value: string,
  prover: Pick<Prover, 'user' | 'session'> | null,
): Promise<StepUpLink> {
  const proof = await liveProof(context, 'step-up', value);
  if (proof === null) return 'dead-link';
  return prover !== null && isOfSession(proof, prover.session) ? 'ready' : 'other-browser';
}

const isOfSession = ({ browserHash }: Proof, { secretHash }: Session): boolean =>
  browserHash !== null && equalBytes(browserHash, secretHash);

export async function proveByLink(
  context: AccountContext,
  value: string,
  prover: Prover,
): Promise<'proved' | Exclude<StepUpLink, 'ready'>> {
  const proof = await liveProof(context, 'step-up', value);
  if (proof === null) return 'dead-link';
  if (!isOfSession(proof, prover.session)) return 'other-browser';
  return context.storage.transaction(async (stores) => {
    const redeemed = await redeemProof(stores, { proof, now: context.clock() });
    if (redeemed === null) return 'dead-link';
    return (await noteProof(context, stores, { ...prover, by: 'e-mail' })) ? 'proved' : 'dead-link';
  });
}
