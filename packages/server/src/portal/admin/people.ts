import { text } from '../../http/form.ts';
import type { PortalContext } from '../portal-context.ts';
import { readPage } from '../tokens/own.ts';
import { show, type SignedInController } from '../visit.ts';
import { peoplePage } from './people-page.ts';

const PAGE_SIZE = 25;

export const listPeople =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const search = text(visit.query, 'q', { max: 200 });
    const page = { page: readPage(visit.query), pageSize: PAGE_SIZE };
    const people = await context.accounts.records.users.list(search, page);
    return show(peoplePage(context, visit, { people, page, search, now: context.clock() }));
  };
