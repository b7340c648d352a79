/**
 * Whom a server's answer is about. A refusal of the recipient or of the message is final. A refusal of us, and trouble on
 * the way, is for an operator to mend while messages wait. RFC 3463 has the enhanced codes.
 */
export type Blame = 'recipient' | 'relay' | 'moment';

/** What nodemailer tells of a failure. */
interface SmtpFailure {
  readonly code?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
  readonly responseCode?: unknown;
}

export function blameFor(error: unknown): Blame {
  if (!(error instanceof Error)) return 'relay';
  const { code, command, response, responseCode } = error as Error & SmtpFailure;
  // Refused by nodemailer itself: no server will be offered this recipient.
  if (code === 'EENVELOPE' && command === 'API')
    return error.message.includes('recipient') ? 'recipient' : 'relay';
  const isAboutMessage = command === 'RCPT TO' || command === 'DATA';
  if (typeof responseCode !== 'number') return 'relay';
  const said = typeof response === 'string' ? response : '';
  if (!isAboutMessage) return isAboutSize(said) ? 'recipient' : 'relay';
  return responseCode < 500 ? 'moment' : blameOfRefusal(said);
}

/** Lists of hosts that send unwanted mail. Whatever code they come with, they are about us. */
const LISTED =
  /\b(black|block|deny)[ -]?list|\bdns-?(b|w)l\b|\brbl\b|spamhaus|spamcop|sorbs|barracuda|\b(is|are) listed\b|blocked using/i;
const RECIPIENT =
  /\b(user|mailbox|recipient|account|address)\b.{0,40}\b(unknown|unavailable|not found|invalid|disabled|full|suspended|rejected)\b|\b(unknown|no such|invalid|bad|non-?existent) (user|recipient|mailbox|address|account)|does ?n[o']t (exist|have an?)|does not exist|no (mailbox|such)|over quota|quota exceeded|not listed in/i;
/** Words that are about us even beside words about the recipient. */
const US =
  /relay(ing)? (access )?(is )?(denied|not|prohibited|refused)|(unable|not able|cannot|can't) (to )?relay|\b(sender|helo|ehlo)\b|authenticat/i;
const RELAY =
  /\brelay|not (permitted|allowed|authori[sz]ed)|\b(blocked|banned|denied|prohibited|policy|reputation|spam|spf|dkim|dmarc|reverse dns|ptr|rate|limit)\b/i;

/** A 5xx to the recipient or the message. */
function blameOfRefusal(said: string): Blame {
  const text = said.replace(/\S+@\S+/g, '');
  if (LISTED.test(text)) return 'relay';
  const [, status] = /^5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(said) ?? [];
  if (status !== undefined) return blameOfStatus(status);
  if (US.test(text)) return 'relay';
  const reply = said.slice(0, 3);
  if (FINAL_REPLIES.has(reply) || RECIPIENT.test(text)) return 'recipient';
  return reply !== '550' || RELAY.test(text) ? 'relay' : 'recipient';
}

/** RFC 5321 section 4.2.3 and RFC 7504: not here, too large, no such name, no mail for this domain. */
const FINAL_REPLIES: ReadonlySet<string> = new Set(['551', '552', '553', '556']);
/** Addressing of the sender, not of the recipient. */
const ABOUT_SENDER: ReadonlySet<string> = new Set(['5.1.7', '5.1.8', '5.1.9']);

/** RFC 3463: addressing, mailbox, routing and content are about the message; system, protocol and policy are about us. */
function blameOfStatus(status: string): Blame {
  if (ABOUT_SENDER.has(status)) return 'relay';
  return /^5\.[1246]\./.test(status) || status === '5.3.4' ? 'recipient' : 'relay';
}

const isAboutSize = (said: string): boolean => /^552[ -]|^5\d\d[ -]5\.3\.4\b/.test(said);
