/** What operators see while the mail server takes nothing from this one. */
import { openScriptedServer } from '../mail/scripted-server.ts';
import { PASSWORD, startApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { scene, type Go, type Scene } from './scenes.ts';
import { signInByCookie } from './stage.ts';

const OPERATOR = 'operator@example.com';

/** On a server of its own, with a mail server that refuses it. */
const refused =
  (path: string): Go =>
  async (page) => {
    const office = await openScriptedServer({ rcpt: '554 5.7.1 Relay access denied' });
    const running = await startApp({ env: { GATEHOUSE_SMTP_URL: office.url } });
    page.context().on('close', () => {
      office.close();
      running.stop().catch(() => undefined);
    });
    const { accounts, storage } = running.app;
    const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
    const form = { name: 'Olga Operator', email: OPERATOR, password: PASSWORD };
    await accounts.createUser({ ...form, isOperator: true }, origin);
    await running.visitor().post('/sign-up', { ...form, email: 'ada@example.com' });
    await until(() => storage.outbox.held(), 'the refusal of us');
    await signInByCookie(running, OPERATOR, page.context());
    await page.goto(running.base + path);
    // It is of the other server.
    await page.context().clearCookies();
  };

const visitor = scene('visitor');

export const MAIL_SCENES: readonly Scene[] = [
  visitor('mail-refused', 'GET /admin/mail', refused('/admin/mail')),
  visitor('welcome-mail-refused', 'GET /', refused('/')),
];
