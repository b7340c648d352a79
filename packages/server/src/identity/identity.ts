/**
 * The identity module: people, passwords, sessions, e-mailed proofs, roles. Depends on its ports and on `audit`.
 * Never sees a developer token; it only says that access changed.
 */
import { days } from '../kit/clock.ts';
import { factorsOf } from './authentication/factors.ts';
import * as access from './accounts/access.ts';
import { readsOf } from './reads.ts';
import type { AccountContext } from './context.ts';
import * as deletion from './accounts/deletion.ts';
import * as erasure from './accounts/erasure.ts';
import * as changeEmail from './accounts/change-email.ts';
import * as changePassword from './recovery/change-password.ts';
import * as correctEmail from './accounts/correct-email.ts';
import * as personalExport from './accounts/export.ts';
import * as operate from './accounts/operate.ts';
import * as people from './accounts/people.ts';
import * as proofOwner from './authentication/proof-owner.ts';
import * as recovery from './recovery/recovery.ts';
import * as returns from './authentication/returns.ts';
import * as sessions from './authentication/sessions.ts';
import * as signIn from './authentication/sign-in.ts';
import * as signUp from './accounts/sign-up.ts';
import * as stepUp from './authentication/step-up.ts';
import type { User } from './types.ts';
import * as undoEmail from './accounts/undo-email-change.ts';
import * as verification from './accounts/verification.ts';

export type Identity = ReturnType<typeof createIdentity>;

export function createIdentity(context: AccountContext) {
  const bind =
    <Rest extends readonly unknown[], Result>(
      act: (context: AccountContext, ...rest: Rest) => Result,
    ) =>
    (...rest: Rest): Result =>
      act(context, ...rest);

  return {
    signUp: bind(signUp.signUp),
    inspectVerification: bind(verification.inspectVerification),
    verifyEmail: bind(verification.verifyEmail),
    resendVerification: bind(verification.resendVerification),
    signIn: bind(signIn.signIn),
    addressOfProof: bind(proofOwner.addressOfProof),
    factorsOfProof: bind(proofOwner.factorsOfProof),
    requestReset: bind(recovery.requestReset),
    isResetLive: bind(recovery.isResetLive),
    resetPassword: bind(recovery.resetPassword),
    changePassword: bind(changePassword.changePassword),
    choosePassword: bind(changePassword.choosePassword),
    requestEmailChange: bind(changeEmail.requestEmailChange),
    inspectEmailChange: bind(changeEmail.inspectEmailChange),
    confirmEmailChange: bind(changeEmail.confirmEmailChange),
    correctEmail: bind(correctEmail.correctEmail),
    inspectUndo: bind(undoEmail.inspectUndo),
    undoEmailChange: bind(undoEmail.undoEmailChange),
    keepReturn: bind(returns.keepReturn),
    keepReturnOf: bind(returns.keepReturnOf),
    findReturn: bind(returns.findReturn),
    takeReturn: bind(returns.takeReturn),
    findSession: bind(sessions.findSession),
    endSession: bind(sessions.endSession),
    endOtherSessions: bind(sessions.endOtherSessions),
    isProvedLately: bind(stepUp.isProvedLately),
    factorsOf,
    proveByPassword: bind(stepUp.proveByPassword),
    sendStepUpLink: bind(stepUp.sendStepUpLink),
    inspectStepUpLink: bind(stepUp.inspectStepUpLink),
    proveByLink: bind(stepUp.proveByLink),
    endAllAccess: bind(access.endAllAccess),
    assignPassword: bind(operate.assignPassword),
    issueReset: bind(operate.issueReset),
    assignEmail: bind(operate.assignEmail),
    createUser: bind(people.createUser),
    changeRole: bind(people.changeRole),
    setSuspended: bind(people.setSuspended),
    setOperator: bind(people.setOperator),
    changeProfile: bind(people.changeProfile),
    heirsOf: (user: Pick<User, 'id'>) => deletion.heirsOf(context.storage, user),
    graceDays: Math.ceil(context.policy.deletion.graceSeconds / days(1)),
    requestDeletion: bind(deletion.requestDeletion),
    cancelDeletion: bind(deletion.cancelDeletion),
    inspectKeeping: bind(deletion.inspectKeeping),
    keepAccount: bind(deletion.keepAccount),
    eraseDue: bind(erasure.eraseDue),
    eraseUser: bind(erasure.eraseUser),
    exportPerson: bind(personalExport.exportPerson),
    keptForms: keptForms(context),
    /** For pages, routes and commands; writes go through the acts above. */
    reads: readsOf(context.storage),
  };
}

/** A form that a page kept is carried out once. */
const keptForms = ({ storage: { sentForms } }: AccountContext) => ({
  /** `true` for one caller. */
  claim: (id: string, expiresAt: number): Promise<boolean> => sentForms.claim(id, expiresAt),
  /** It was refused, and can be sent again. */
  release: (id: string): Promise<void> => sentForms.release(id),
});
