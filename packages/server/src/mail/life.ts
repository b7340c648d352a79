/** How long a message is worth sending. Never longer than what it tells of: a link lives as long as its proof. */
import type { ProofPurpose } from '../identity/types.ts';
import { days } from '../kit/clock.ts';
import type { Notice, OutboxEntry } from './ports.ts';

/** News that is older misleads rather than informs. */
const NOTICE_SECONDS = days(3);

/** What the operator reads in place of what a server said. */
export const TOO_OLD = 'Not sent: it waited too long.';
export const LINK_ENDED = 'Not sent: its link has ended.';

export interface MailedProof {
  readonly id: string;
  readonly purpose: ProofPurpose;
}

type WithLink = Extract<Notice, { readonly proofId: string | null }>;

const PURPOSES: Readonly<Record<WithLink['kind'], ProofPurpose>> = {
  'verify-email': 'verify-email',
  'reset-password': 'reset-password',
  'change-email': 'change-email',
  'confirm-identity': 'step-up',
  'deletion-requested': 'cancel-deletion',
  'email-changed': 'undo-email-change',
};

/** The proof whose link the message is for; `null` for news. */
export const proofIn = (notice: Notice): MailedProof | null =>
  'proofId' in notice && notice.proofId !== null
    ? { id: notice.proofId, purpose: PURPOSES[notice.kind] }
    : null;

/** Epoch seconds; the end of a link is not known here. */
export function endOfLife({
  notice,
  createdAt,
}: Pick<OutboxEntry, 'notice' | 'createdAt'>): number {
  if (proofIn(notice) !== null) return Infinity;
  if (notice.kind === 'app-offered') return notice.expiresAt;
  const end = createdAt + NOTICE_SECONDS;
  return notice.kind === 'token-expires' ? Math.min(end, notice.expiresAt) : end;
}
