import { text } from '../../http/form.ts';
import { readPage } from '../paging.ts';
import type { PortalContext } from '../portal-context.ts';
import { show, type SignedInController } from '../visit.ts';
import { peoplePage, PEOPLE_LIST } from './people-page.ts';

export const listPeople =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const search = text(visit.query, 'q', { max: 200 });
    const page = readPage(visit.query, PEOPLE_LIST);
    const people = await context.accounts.reads.users.list(search, page);
    return show(peoplePage(context, visit, { people, search, now: context.clock() }));
  };
