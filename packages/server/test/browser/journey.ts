/** The walk from nothing to a first token, one step a function, for the journeys that take it with and without script. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { PASSWORD } from '../support/running-app.ts';
import { follow } from './stage.ts';

/** Signs up in this browser, reads the message in the development mailbox, proves the address. Ends on Welcome. */
export async function signUpAndVerify(page: Page, email: string): Promise<void> {
  await page.goto('/sign-up');
  await page.locator('input[name="name"]').fill('Ada Example');
  await page.locator('input[name="email"]').fill(email);
  await page.locator('input[name="password"]').fill(PASSWORD);
  await follow(page, 'button', 'Sign up');
  await openMessage(page, /Confirm your e-mail address/);
  await page.getByRole('link', { name: /verify-email/ }).click();
  await follow(page, 'button', 'Confirm this address');
}

/** By the form. Ends wherever the visitor was going. */
export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.goto('/sign-in');
  await page.locator('input[name="email"]').fill(email);
  await page.locator('input[name="password"]').fill(password);
  await follow(page, 'button', 'Sign in');
}

/** The newest message of this subject, in the development mailbox. */
export async function openMessage(page: Page, subject: RegExp): Promise<string> {
  await page.goto('/dev/mailbox');
  await page.getByRole('link', { name: subject }).first().click();
  await page.waitForLoadState('load');
  return page.getByRole('group', { name: 'Text of the message' }).innerText();
}

/** From Welcome to the page that shows the token, by the words of the walk-through. Answers the token. */
export async function createFirstToken(page: Page, description: string): Promise<string> {
  await page.goto('/');
  await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
  await follow(page, 'link', 'Create a Token');
  await page.getByRole('heading', { name: 'Tokens', exact: true }).waitFor();
  await follow(page, 'link', 'New');
  await page.getByLabel('Description').fill(description);
  await page.getByRole('heading', { name: 'Scopes' }).waitFor();
  await page.getByLabel('Select all scopes').check();
  await follow(page, 'button', 'Create');
  const token = await tokenOn(page);
  assert.match(token, /^gate_pat_[0-9A-Za-z]+$/);
  return token;
}

export const tokenOn = (page: Page): Promise<string> =>
  page.getByLabel('Token', { exact: true }).inputValue();

export interface Called {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Runs a command line as the page prints it, and answers what the API said. */
export async function runCurl(command: string): Promise<Called> {
  if (!hasCurl) return readAndCall(command);
  const marked = command.replace(/^curl /, String.raw`curl -s -w '\n%{http_code}' `);
  const { stdout } = await promisify(execFile)('sh', ['-c', marked]);
  const end = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(end + 1)), body: JSON.parse(stdout.slice(0, end)) };
}

const hasCurl = spawnSync('curl', ['--version']).error === undefined;

/** The same request on a machine without cURL. */
async function readAndCall(command: string): Promise<Called> {
  const [, token, url] = /^curl -H "Authorization: Bearer (\S+)" (\S+)$/.exec(command) ?? [];
  if (token === undefined || url === undefined) throw new Error(`cannot read ${command}`);
  const { origin, pathname } = new URL(url);
  return call(origin, token, pathname);
}

/** The command line that a page shows for the first call. */
export const curlOn = (page: Page): Promise<string> =>
  page.locator('#snippet-curl').evaluate((code) => code.textContent);

export async function call(base: string, token: string, path = '/v2/me'): Promise<Called> {
  const response = await fetch(base + path, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: JSON.parse(await response.text()) };
}
