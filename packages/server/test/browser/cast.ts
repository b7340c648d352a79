/** All scenes, and one page for each person in them. */
import type { Page } from 'playwright-core';
import { APP_SCENES } from './app-scenes.ts';
import { CONFIRM_SCENES } from './confirm-scenes.ts';
import { EMAIL_SCENES } from './email-scenes.ts';
import { DELETION_SCENES } from './deletion-scenes.ts';
import { PORTAL_SCENES, type Scene, type Who } from './scenes.ts';
import type { Stage } from './stage.ts';
import type { World } from './world.ts';

export const SCENES: readonly Scene[] = [
  ...PORTAL_SCENES,
  ...CONFIRM_SCENES,
  ...DELETION_SCENES,
  ...EMAIL_SCENES,
  ...APP_SCENES,
];

/** One page for each person, opened when a scene first needs it. */
export function createCast(stage: Stage, world: World, options: Parameters<Stage['open']>[0] = {}) {
  const pages = new Map<Who, Promise<Page>>();
  const emailOf = (who: Exclude<Who, 'visitor'>): string =>
    who === 'unverified' ? world.unverified : world.people[who].email;
  const open = (who: Who): Promise<Page> =>
    who === 'visitor' ? stage.open(options) : stage.openAs(emailOf(who), options);
  return {
    pageOf(who: Who): Promise<Page> {
      const page = pages.get(who) ?? open(who);
      pages.set(who, page);
      return page;
    },
    pages: (): Promise<readonly Page[]> => Promise.all(pages.values()),
  };
}
