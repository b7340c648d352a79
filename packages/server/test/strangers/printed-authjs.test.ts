/** The settings for Auth.js as they are printed, run by the core that every flavour of it stands on (@auth/core). */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Auth, type AuthConfig } from '@auth/core';
import { GOOD } from '../flows/app-people.ts';
import { openPrinting, type Printing } from './printed.ts';

const SITE = 'https://site.example.com';
const BASE_PATH = '/api/auth';

let printing: Printing;
before(async () => {
  printing = await openPrinting();
});
after(() => printing.stop());

const directory = mkdtempSync(join(tmpdir(), 'gatehouse-authjs-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Stands for Next.js, which adds a secret from the environment and nothing else that matters here. */
const packageDirectory = join(directory, 'node_modules', 'next-auth');
mkdirSync(packageDirectory, { recursive: true });
writeFileSync(
  join(packageDirectory, 'package.json'),
  '{ "type": "module", "exports": "./index.js" }',
);
writeFileSync(
  join(packageDirectory, 'index.js'),
  'export default (config) => ({ handlers: config });',
);

/** What the module hands over, as it is printed. */
async function configOf(code: string): Promise<AuthConfig> {
  const file = join(directory, `${crypto.randomUUID()}.mjs`);
  writeFileSync(file, code);
  const { handlers } = await import(file);
  return { ...handlers, secret: 'for tests alone', basePath: BASE_PATH, trustHost: true };
}

/** A browser at the site of the app. */
class Browser {
  readonly #config: AuthConfig;
  readonly #cookies = new Map<string, string>();

  constructor(config: AuthConfig) {
    this.#config = config;
  }

  async ask(path: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const request = new Request(new URL(path, SITE), {
      headers: { cookie },
      ...(form !== undefined && { method: 'POST', body: new URLSearchParams(form) }),
    });
    const response = await Auth(request, this.#config);
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }

  async read(path: string): Promise<Record<string, unknown>> {
    return (await this.ask(path)).json() as Promise<Record<string, unknown>>;
  }
}

for (const type of ['web', 'public']) {
  test(`Auth.js signs a user in with the settings of a ${type} app`, async () => {
    const id = printing.running.app.config.brand.name.toLowerCase();
    const back = `${BASE_PATH}/callback/${id}`;
    const code = await printing.settings('authjs', {
      ...GOOD,
      type,
      redirect_uris: `${SITE}${back}`,
    });
    assert.ok(code.includes(` ${back} of your site`), 'it says which redirect URI it has');
    const browser = new Browser(await configOf(code));
    const { csrfToken } = await browser.read(`${BASE_PATH}/csrf`);
    const form = { csrfToken: String(csrfToken), callbackUrl: SITE };
    const sent = await browser.ask(`${BASE_PATH}/signin/${id}`, form);
    const address = sent.headers.get('location') ?? '';
    assert.ok(address.startsWith(`${printing.running.base}/oauth2/auth?`), address);
    const arrived = await printing.allow(address);
    assert.equal(arrived.origin + arrived.pathname, SITE + back);
    const end = await browser.ask(arrived.href);
    assert.equal(end.headers.get('location'), SITE);
    const { user } = await browser.read(`${BASE_PATH}/session`);
    assert.deepEqual(user, { name: 'Ada Example', email: 'ada@example.com', image: null });
  });
}
