/** Knocks at the SMTP server without sending anything: connects, greets, signs in when told to, leaves. */
import { createTransport } from 'nodemailer';
import { failureText } from './failure-text.ts';

/** Answers why the server cannot be used, in one line without secrets; `null` when it can. */
export async function probeSmtp(url: string, milliseconds: number): Promise<string | null> {
  const transporter = createTransport({
    url,
    connectionTimeout: milliseconds,
    dnsTimeout: milliseconds,
    greetingTimeout: milliseconds,
    socketTimeout: milliseconds,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transporter.verify();
    return null;
  } catch (error) {
    return failureText(error, url);
  } finally {
    transporter.close();
  }
}
