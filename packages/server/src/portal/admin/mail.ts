import { isUuid } from '../../kit/ids.ts';
import { noticeOf } from '../frame.ts';
import { readPage } from '../paging.ts';
import type { PortalContext } from '../portal-context.ts';
import { PageRefusal, redirect, show, type SignedInController } from '../visit.ts';
import { MAIL_LIST, mailPage } from './mail-page.ts';

const DONE = { retry: 'The message will be tried again now.' };

export const listTroubles =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const page = readPage(visit.query, MAIL_LIST);
    const [troubles, standstill] = await Promise.all([
      context.mail.troubles(page),
      context.mail.standstill(),
    ]);
    const notice = noticeOf(visit.query, DONE);
    const given = { troubles, standstill, notice, now: context.clock() };
    return show(mailPage(context, visit, given));
  };

export const retryMail =
  (context: PortalContext): SignedInController =>
  async ({ params: { id = '' } }) => {
    const isDue = isUuid(id) && (await context.mail.retry(id));
    if (!isDue) throw new PageRefusal(404, 'There is no such message waiting to be tried again.');
    return redirect('/admin/mail?done=retry');
  };
