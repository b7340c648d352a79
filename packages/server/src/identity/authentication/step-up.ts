/**
 * Step-up: a person who is signed in proves again who they are, before an act whose effect lasts. By the password, or by a
 * link to the address of the account that works in the same session alone. A recent proof counts for its own session and
 * for no other.
 */
import { URGENT } from '../../kit/urgency.ts';
import { equalBytes } from '../../kit/hash.ts';
import { minutes } from '../../kit/clock.ts';
import type { Event, Origin } from '../../audit/event.ts';
import { userEvent, type AccountContext, type Limited, type Visitor } from '../context.ts';
import type { AccountStores } from '../ports.ts';
import type { Proof, Session, User } from '../types.ts';
import { countAttempt } from './attempts.ts';
import { emailFactor } from './email-factor.ts';
import { redeemFactors, type Factor, type ProvedFactor } from './factor.ts';
import { passwordFactor } from './password-factor.ts';
import { insertProof, liveProof, PROOF_SECONDS } from './proof.ts';
import { lastProvedAt } from './proved-at.ts';
import { tryFactor } from './try-factor.ts';

/** A sign-in or a step-up counts for so long. */
export const PROVED_SECONDS = minutes(10);
export const STEP_UP_LINK_SECONDS = PROOF_SECONDS['step-up'];

/** The session whose person proves who they are. */
export interface Prover {
  readonly user: User;
  readonly session: Session;
  readonly origin: Origin;
}

export function isProvedLately(
  { clock }: Pick<AccountContext, 'clock'>,
  session: Pick<Session, 'amr'>,
): boolean {
  const now = clock();
  return now - lastProvedAt(session, now) < PROVED_SECONDS;
}

export type ProveOutcome = { readonly outcome: 'proved' } | { readonly outcome: 'wrong' } | Limited;

export async function proveByPassword(
  context: AccountContext,
  { password, ...prover }: Prover & { readonly password: string },
  { address }: Pick<Visitor, 'address'>,
): Promise<ProveOutcome> {
  const proved = await proveBy(context, passwordFactor, { prover, evidence: password, address });
  if (proved.outcome === 'wrong') {
    const refused = { type: 'identity_refused', details: {}, at: context.clock() } as const;
    await context.storage.events.append(eventOf(prover, refused));
  }
  return proved.outcome === 'outdated' ? { outcome: 'wrong' } : proved;
}

interface Proving<Evidence> {
  readonly prover: Prover;
  readonly evidence: Evidence;
  readonly address: string | null;
}

/**
 * Counted for the session and not for the person: whoever holds a stolen session can lock out nobody but themselves.
 * `outdated`: the evidence was right and is no longer, or the session is over.
 */
async function proveBy<Evidence>(
  context: AccountContext,
  factor: Factor<Evidence>,
  { prover, evidence, address }: Proving<Evidence>,
): Promise<ProveOutcome | { readonly outcome: 'outdated' }> {
  const { user, session } = prover;
  const attempt = { act: 'prove', account: session.id, address } as const;
  const tried = await tryFactor(context, factor, { user, evidence, attempt });
  if (tried.outcome !== 'proved') return tried;
  const isProved = await context.storage.transaction(
    async (stores) =>
      (await redeemFactors(stores, user.id, [tried.factor])) !== null &&
      noteProof(stores, { prover, by: factor.name, proved: tried.factor }),
    URGENT,
  );
  if (!isProved) return { outcome: 'outdated' };
  await tried.forgive();
  return { outcome: 'proved' };
}

async function noteProof(
  stores: AccountStores,
  noted: { readonly prover: Prover; readonly by: string; readonly proved: ProvedFactor },
): Promise<boolean> {
  const { prover, by, proved } = noted;
  const { at } = proved;
  if (!(await stores.sessions.prove(prover.session.id, proved))) return false;
  await stores.proofs.voidAll(prover.user.id, 'step-up', at);
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
    await endLinkBefore(stores, session, context.clock());
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

/** Of this session alone: whoever holds a stolen one must not end the link that the owner is opening. */
async function endLinkBefore(
  { proofs }: AccountStores,
  { secretHash }: Session,
  now: number,
): Promise<void> {
  const before = await proofs.liveOfBrowser(secretHash, 'step-up', now);
  if (before !== null) await proofs.redeem(before.id, 'step-up', now);
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
  const { outcome } = await proveBy(context, emailFactor, {
    prover,
    evidence: proof,
    address: prover.origin.address,
  });
  return outcome === 'proved' ? 'proved' : 'dead-link';
}
