/** One Gatehouse and one browser for a test file. Every page of it is watched: what the browser complains about fails the test. */
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { User } from '../../src/identity/types.ts';
import type { Config } from '../../src/config/config.ts';
import { launchChromium } from '../support/chromium.ts';
import { newestMail, PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';

export interface Stage {
  readonly running: RunningApp;
  readonly base: string;
  readonly browser: Browser;
  now(): number;
  /** Moves the clock of the server. */
  travel(seconds: number): void;
  /** A page in a browser of its own, signed in as nobody. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** A page in a browser of its own, signed in as this person. */
  openAs(email: string, options?: BrowserContextOptions): Promise<Page>;
  person(given: { email: string; name?: string }): Promise<User>;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly change?: (config: Config) => Config;
  readonly flags?: readonly string[];
  readonly env?: Record<string, string>;
}

export const DAY = 86_400;

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  let offset = 0;
  const clock = (): number => Math.floor(Date.now() / 1000) + offset;
  const running = await startApp({ ...options, clock });
  const browser = await launchChromium(options.flags);
  const open = async (given: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ baseURL: running.base, ...given });
    context.setDefaultTimeout(10_000);
    return context.newPage().then(watch);
  };
  return {
    running,
    base: running.base,
    browser,
    now: clock,
    travel: (seconds) => (offset += seconds),
    open,
    async openAs(email, given) {
      const page = await open(given);
      await signInByCookie(running, email, page.context());
      return page;
    },
    person: (given) => makePerson(running, given),
    async close() {
      await browser.close();
      await running.stop();
    },
  };
}

const complaints = new WeakMap<BrowserContext, string[]>();

/** What the browser reported of all pages of this page's context: errors of scripts, the console and the policy of content. */
export const complaintsOf = (page: Page): readonly string[] => complaints.get(page.context()) ?? [];

function watch(page: Page): Page {
  const context = page.context();
  const heard: string[] = [];
  complaints.set(context, heard);
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // A page that answers 404 or 422 is named there; what it shows is for the test to judge.
    if (/^Failed to load resource: .* status of 4\d\d/.test(message.text())) return;
    heard.push(`${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => heard.push(String(error.error())));
  return page;
}

/** Closes the browser of a page, and fails when it complained. */
export async function leave(page: Page): Promise<void> {
  assert.deepEqual(complaintsOf(page), []);
  await page.context().close();
}

async function makePerson(
  { app }: RunningApp,
  { email, name = 'Ada Example' }: { email: string; name?: string },
): Promise<User> {
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const form = { name, email, password: PASSWORD, isOperator: false };
  const made = await app.accounts.createUser(form, origin);
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made.errors));
  return made.user;
}

export async function signInByCookie(
  { app, base }: RunningApp,
  email: string,
  context: BrowserContext,
): Promise<void> {
  const browser = { address: '127.0.0.1', agent: 'Chrome/147 (Linux)', deviceToken: null };
  const outcome = await app.accounts.signIn({ email, password: PASSWORD }, browser);
  if (outcome.outcome !== 'signed-in') throw new Error(outcome.outcome);
  await context.addCookies([
    { name: 'gatehouse_session', value: outcome.started.token, url: base, httpOnly: true },
  ]);
}

/** Clicks the link or button of this exact name, and waits for the page it leads to. */
export async function follow(page: Page, role: 'link' | 'button', name: string): Promise<void> {
  await page.getByRole(role, { name, exact: true }).first().click();
  await page.waitForLoadState('load');
}

export const mailTo = newestMail;
