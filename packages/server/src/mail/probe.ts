/** Goes with the SMTP server as far as the recipient of a message, and leaves: connects, greets, signs in, names sender and recipient. Never sends anything. */
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { failureText } from './failure-text.ts';
import { blameFor } from './refusal.ts';
import { connectionOptions, withoutSecrets, type SmtpServer } from './smtp.ts';

/** RFC 2606 section 3: nobody's. A server that sends mail anywhere for us does not say that it relays nothing. */
const NOBODY = 'postmaster@example.com';

export interface ProbeOptions {
  /** Address of `mail.from`, with or without a name. */
  readonly from: string;
  readonly milliseconds: number;
  readonly signal?: AbortSignal;
}

/** Answers why the server cannot be used, in one line without secrets; `null` when it can. */
export async function probeSmtp(server: SmtpServer, options: ProbeOptions): Promise<string | null> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const { milliseconds, from } = options;
  const sender = /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from;
  const connection = new Connection({
    ...connectionOptions(server, {
      connectionMilliseconds: milliseconds,
      socketMilliseconds: milliseconds,
    }),
    customAuth: { [ENVELOPE]: (context) => offerEnvelope(context, sender) },
  });
  try {
    await untilAborted(converse(connection, server), { connection, ...options });
    return null;
  } catch (error) {
    return failureText(withoutSecrets(messageOf(error), server), sender);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** A name that no server has: nodemailer lets a "mechanism" of ours send any command and read its answer. */
const ENVELOPE = 'X-ENVELOPE';

async function converse(connection: SMTPConnection, { auth }: SmtpServer): Promise<void> {
  await step((done) => connection.connect(done));
  if (auth !== null) await step((done) => connection.login(auth, done));
  const envelope = { user: '', pass: '', method: ENVELOPE };
  await step((done) => connection.login(envelope, done));
  connection.quit();
}

const step = (act: (done: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    act((error) => (error ? reject(error) : resolve()));
  });

/** A failure of the connection, the end of our patience, or that of our caller. */
async function untilAborted(
  talk: Promise<void>,
  { connection, milliseconds, signal }: ProbeOptions & { connection: SMTPConnection },
): Promise<void> {
  const late = AbortSignal.timeout(2 * milliseconds);
  const over = AbortSignal.any(signal === undefined ? [late] : [late, signal]);
  const ended = new Promise<never>((_resolve, reject) => {
    connection.on('error', reject);
    connection.on('end', () => reject(new Error('the server closed the connection')));
    over.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true });
  });
  try {
    await Promise.race([talk, ended]);
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    // Whichever is second has been answered for.
    for (const promise of [talk, ended]) promise.catch(() => undefined);
  }
}

type Context = Parameters<NonNullable<SMTPConnection.Options['customAuth']>[string]>[0];

/** A recipient that is refused as such is no fault: nobody reads mail there. */
async function offerEnvelope(context: Context, sender: string): Promise<void> {
  const commands = [
    ['MAIL FROM', `MAIL FROM:<${sender}>`],
    ['RCPT TO', `RCPT TO:<${NOBODY}>`],
  ] as const;
  for (const [command, line] of commands) {
    const { response } = await context.sendCommand(line);
    if (response.startsWith('2')) continue;
    const responseCode = Number(response.slice(0, 3));
    const refusal = Object.assign(new Error(`${command}: ${response}`), {
      command,
      response,
      responseCode,
    });
    if (blameFor(refusal) === 'relay') throw refusal;
  }
  await context.sendCommand('RSET');
}
