/**
 * Signing up. The answer is the same whether or not the address has an account; only the message that is sent there
 * differs.
 */
import { sha256 } from '../../kit/hash.ts';
import { faultOfDomain } from './address.ts';
import { countAttempt, countMail } from '../authentication/attempts.ts';
import {
  originOfVisitor,
  secretToken,
  type AccountContext,
  type Invalid,
  type Limited,
  type Visitor,
} from '../context.ts';
import { checkNewUser, insertUser, newUser, type NewUserForm } from './new-user.ts';
import { insertVerification } from './verification.ts';

export type SignUpOutcome =
  /** The same for new and known addresses. `browserToken` goes into a cookie. */
  | { readonly outcome: 'sent'; readonly email: string; readonly browserToken: string }
  | { readonly outcome: 'closed' }
  | Invalid
  | Limited;

export async function signUp(
  context: AccountContext,
  form: NewUserForm,
  visitor: Visitor,
): Promise<SignUpOutcome> {
  if (context.policy.signUp.mode === 'closed') return { outcome: 'closed' };
  // Judging a password costs, so the network is counted before it.
  const counted = { act: 'sign-up', account: null, address: visitor.address } as const;
  const tooMany = await countAttempt(context, counted);
  if (tooMany !== null) return tooMany;
  const { email, errors } = await checkNewUser(context, form, 'stranger');
  const fault = email === null ? null : faultOfDomain(context, email);
  if (fault !== null) return { outcome: 'invalid', errors: { ...errors, ...fault } };
  if (email === null || Object.keys(errors).length > 0) return { outcome: 'invalid', errors };

  const passwordHash = await context.passwords.hash(form.password, { ...counted, account: email });
  const browserToken = secretToken(context.randomBytes);
  await context.storage.transaction(async (stores) => {
    const user = newUser(context, { name: form.name.trim(), email, passwordHash });
    const origin = originOfVisitor(visitor, user.id);
    // The same statements for new and known addresses: what follows inserts nothing for a user who was not inserted.
    const tooMany = await countMail(context, stores, { act: 'sign-up', email });
    const isNew = await insertUser(stores, user, { at: context.clock(), origin });
    const browserHash = sha256(browserToken);
    const proofId = await insertVerification(context, stores, { user, browserHash });
    const known = await stores.users.byEmail(email);
    // Beyond the limit the answer is the same and nothing is sent.
    if (tooMany !== null) return;
    const name = known?.name ?? user.name;
    await stores.outbox.enqueue(
      isNew
        ? { kind: 'verify-email', to: email, name, proofId }
        : { kind: 'address-in-use', to: email, name },
    );
  });
  context.onMail();
  return { outcome: 'sent', email, browserToken };
}
