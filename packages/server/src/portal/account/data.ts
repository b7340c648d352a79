/** All that is held about a person, as a file: for the person, and for operators who were asked for it. */
import type { User } from '../../identity/types.ts';
import type { PortalContext } from '../portal-context.ts';
import { button, form } from '../ui/form.ts';
import type { Html } from '../ui/html.ts';
import { section } from '../ui/parts.ts';
import { PageRefusal, type Answer, type SignedIn, type SignedInController } from '../visit.ts';

/** A file takes as long as there is to read: one at a time for each asking person, in this process. */
export function createDownloads(context: PortalContext) {
  const busy = new Set<string>();

  async function* held(asking: string, pieces: AsyncIterable<string>): AsyncGenerator<string> {
    try {
      // Only a generator that has begun is told when its reader leaves.
      yield '';
      yield* pieces;
    } finally {
      busy.delete(asking);
    }
  }

  return async (about: User, { user, origin }: SignedIn): Promise<Answer> => {
    if (busy.has(user.id)) throw new PageRefusal(429, BUSY, 10);
    busy.add(user.id);
    try {
      const pieces = await context.accounts.exportPerson({ user: about, origin });
      const body = held(user.id, pieces);
      await body.next();
      return {
        kind: 'download',
        filename: `person-${about.id}.json`,
        type: 'application/json; charset=utf-8',
        body,
      };
    } catch (error) {
      busy.delete(user.id);
      throw error;
    }
  };
}

const BUSY = 'A file is being made for you already. Wait until it is complete.';

export type Downloads = ReturnType<typeof createDownloads>;

export const downloadOwn =
  (download: Downloads): SignedInController =>
  ({ signedIn }) =>
    download(signedIn.user, signedIn);

export const dataSection = ({ csrf }: SignedIn): Html =>
  section(
    {
      title: 'Your data',
      lead: 'Everything that is held about you, as one JSON file: profile, sessions, tokens, apps, connections, the security log and messages. Secrets are not in it.',
    },
    form(
      { action: '/account/export', csrf },
      button({ label: 'Download my data', icon: 'download' }),
    ),
  );
