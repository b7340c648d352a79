/** What an installation needs of the world: its SMTP server, and its own address as users type it. */
import type { Config } from '../config/config.ts';
import { systemClock } from '../kit/clock.ts';
import { countOf } from '../kit/plural.ts';
import { ok, failed, warning, type Finding } from './findings.ts';
import { lineOf } from './refusal.ts';

const PATIENCE_MILLISECONDS = 5000;

/** Servers may greet late on purpose, to see whether strangers wait. */
const SMTP_MILLISECONDS = 15_000;

export async function checkMail({ mail }: Config): Promise<Finding> {
  const { smtp, from } = mail;
  if (smtp === null) return ok('mail', 'no SMTP server; mail stays in the development mailbox');
  const { probeSmtp } = await import('../mail/probe.ts');
  const reason = await probeSmtp(smtp, { from, milliseconds: SMTP_MILLISECONDS });
  return reason === null
    ? ok('mail', 'the SMTP server takes mail from us')
    : failed('mail', `the SMTP server cannot be used: ${reason}`);
}

/** Nobody answering is no fault: the check is often made before the first start. */
export async function checkBaseUrl({ server }: Config): Promise<readonly Finding[]> {
  const check = 'base URL';
  const { baseUrl } = server;
  try {
    const answer = await fetch(`${baseUrl}/healthz`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
    const text = await answer.text();
    const isOurs = answer.status === 200 && text.replace(/\s/g, '') === '{"status":"ok"}';
    const finding = isOurs
      ? ok(check, `${baseUrl} answers`)
      : warning(check, `something else answers at ${baseUrl} (status ${answer.status})`);
    return [finding, ...skewOf(answer)];
  } catch (error) {
    return [ok(check, `${baseUrl}; nothing answers there now (${reasonOf(error)})`)];
  }
}

const reasonOf = (error: unknown): string =>
  lineOf(error instanceof Error && error.cause !== undefined ? error.cause : error);

const TOLERATED_SECONDS = 5;

/** RFC 9110 section 6.6.1: the answer tells the time of whoever gave it. */
function skewOf(answer: Response): readonly Finding[] {
  const at = Date.parse(answer.headers.get('date') ?? '') / 1000;
  const seconds = Math.abs(Math.round(at - systemClock()));
  return seconds > TOLERATED_SECONDS
    ? [
        warning(
          'clock',
          `this machine and the one at the base URL differ by ${countOf(seconds, 'second')}`,
        ),
      ]
    : [];
}
