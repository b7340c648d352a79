/** All scenes, and one page for each person in them. */
import type { Page } from 'playwright-core';
import { APP_SCENES } from './app-scenes.ts';
import { CONFIRM_SCENES } from './confirm-scenes.ts';
import { EMAIL_SCENES } from './email-scenes.ts';
import { DELETION_SCENES } from './deletion-scenes.ts';
import { FOUND_SCENES } from './found-scenes.ts';
import { MAIL_SCENES } from './mail-scenes.ts';
import { OFFER_SCENES } from './offer-scenes.ts';
import { PORTAL_SCENES, type Scene, type Who } from './scenes.ts';
import type { Stage } from './stage.ts';
import type { World } from './world.ts';

export const SCENES: readonly Scene[] = [
  ...PORTAL_SCENES,
  ...CONFIRM_SCENES,
  ...DELETION_SCENES,
  ...EMAIL_SCENES,
  ...APP_SCENES,
  ...OFFER_SCENES,
  ...FOUND_SCENES,
  ...MAIL_SCENES,
];

/** One page for each person, opened when a scene first needs it. */
export function createCast(stage: Stage, world: World, options: Parameters<Stage['open']>[0] = {}) {
  const pages = new Map<Who, Promise<Page>>();
  const emailOf = (who: Exclude<Who, 'visitor'>): string =>
    who === 'unverified' ? world.unverified : world.people[who].email;
  const open = (who: Who): Promise<Page> =>
    who === 'visitor' ? stage.open(options) : stage.openAs(emailOf(who), options);
  return {
    /** Some scenes end the sessions of a person who is in later ones. */
    async pageOf(who: Who): Promise<Page> {
      const known = await pages.get(who);
      if (known !== undefined && (who === 'visitor' || (await isSignedIn(known)))) return known;
      await known?.context().close();
      const page = open(who);
      pages.set(who, page);
      return page;
    },
    pages: (): Promise<readonly Page[]> => Promise.all(pages.values()),
  };
}

async function isSignedIn(page: Page): Promise<boolean> {
  const { origin } = new URL(page.url());
  const answer = await page.request.get(`${origin}/account`, { maxRedirects: 0 });
  return answer.status() === 200;
}
