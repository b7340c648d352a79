/** What people see of apps: the question, why it cannot be asked, and what they allowed. */
import { CALLBACK } from '../support/oauth.ts';
import { at, scene, submit, type Go, type Scene } from './scenes.ts';
import type { World } from './world.ts';

const request =
  (changes: Readonly<Record<string, string>> = {}) =>
  ({ app }: World): string => {
    const parameters = new URLSearchParams({
      response_type: 'code',
      client_id: app.id,
      redirect_uri: CALLBACK,
      scope: app.scopes.join(' '),
      ...changes,
    });
    return `/oauth2/auth?${parameters.toString()}`;
  };

const ELSEWHERE = { redirect_uri: 'https://app.example.org/callback' };

const ofApp =
  (rest = ''): Go =>
  (page, world) =>
    page.goto(`/apps/${world.app.id}${rest}`);

const LONG_URI = `https://app.example.com/${'a-very-long-path/'.repeat(10)}callback`;

/** Registers an app of this type with as much in it as there is. */
const register =
  (type: string, fields: Readonly<Record<string, string>> = {}): Go =>
  async (page) => {
    await page.goto('/apps/new');
    await page.locator(`[name="type"][value="${type}"]`).check();
    await page.locator('main details').evaluateAll((all) => {
      for (const details of all) details.setAttribute('open', '');
    });
    for (const [name, value] of Object.entries({ name: 'Render farm', ...fields }))
      await page.locator(`[name="${name}"]`).fill(value);
    await page.locator('[name="scope.asset.read"][value="required"]').check({ force: true });
    const second = type === 'service' ? 'required' : 'optional';
    await page.locator(`[name="scope.asset.create"][value="${second}"]`).check({ force: true });
    await submit(page, '/apps');
  };

const registerService = register('service');
const nele = scene('newcomer');

const toService: Go = async (page, world, stage) => {
  await registerService(page, world, stage);
  await page.getByRole('link', { name: 'About this app' }).click();
  await page.waitForLoadState();
};

const MANAGING: readonly Scene[] = [
  scene('viewer')('apps-none', 'GET /apps', at('/apps')),
  nele('apps', 'GET /apps', at('/apps')),
  nele('apps-old-address', 'GET /app/oauth-apps', at('/app/oauth-apps')),
  nele('apps-end', 'GET /apps', at('/apps?page=99')),
  nele('app-new', 'GET /apps/new', at('/apps/new')),
  scene('unverified')('app-new-unverified', 'GET /apps/new', at('/apps/new')),
  nele(
    'app-new-refused',
    'POST /apps',
    register('web', {
      name: '',
      homepage_url: 'javascript:alert(1)',
      redirect_uris:
        'http://app.example.com/cb\nhttps://app.example.com/cb#x\nhttps://*.example.com',
      access_minutes: 'soon',
    }),
  ),
  nele('app-new-service', 'GET /apps/new', async (page) => {
    await page.goto('/apps/new');
    await page.locator('[name="type"][value="service"]').check();
    await page.getByText('Assets', { exact: true }).click();
    await page.locator('.advanced > summary').click();
  }),
  nele('app-service', 'GET /apps/:id', toService),
  nele('app-service-edit', 'GET /apps/:id/edit', async (page, world, stage) => {
    await toService(page, world, stage);
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.waitForLoadState();
  }),
  nele('app-disabled', 'GET /apps/:id', async (page, world, stage) => {
    await toService(page, world, stage);
    await submit(page, `${new URL(page.url()).pathname}/disable`);
  }),
  nele('app-registered', 'POST /apps', registerService),
  nele('app-registered-again', 'POST /apps', async (page, world, stage) => {
    await registerService(page, world, stage);
    await page.reload();
  }),
  scene('long')(
    'app-public-long',
    'GET /apps/:id',
    register('public', { name: 'W'.repeat(60), redirect_uris: `${LONG_URI}\ncom.example.app:/cb` }),
  ),
  nele('app', 'GET /apps/:id', ofApp('?done=changed')),
  scene('operator')('app-of-another', 'GET /apps/:id', ofApp()),
  scene('ada')('app-absent', 'GET /apps/:id', ofApp()),
  nele('app-edit', 'GET /apps/:id/edit', ofApp('/edit')),
  nele('app-delete', 'GET /apps/:id/delete', ofApp('/delete')),
  nele('secret-added', 'POST /apps/:id/secrets', async (page, world) => {
    await page.goto(`/apps/${world.app.id}`);
    await submit(page, `/apps/${world.app.id}/secrets`);
  }),
  nele('secret-revoke', 'POST /apps/:id/secrets/revoke', async (page, world) => {
    await page.goto(`/apps/${world.app.id}`);
    await submit(page, `/apps/${world.app.id}/secrets/revoke`);
  }),
  scene('operator')(
    'person-with-apps',
    'GET /admin/people/:id',
    at(({ people }) => `/admin/people/${people.newcomer.id}`),
  ),
  scene('operator')(
    'app-transfer',
    'GET /admin/apps/:id/transfer',
    at(({ app }) => `/admin/apps/${app.id}/transfer`),
  ),
  scene('operator')(
    'app-transfer-refused',
    'POST /admin/apps/:id/transfer',
    async (page, { app }) => {
      const path = `/admin/apps/${app.id}/transfer`;
      await page.goto(path);
      await page.locator('[name="email"]').fill('nobody@example.com');
      await submit(page, path);
    },
  ),
  scene('operator')('admin-apps', 'GET /admin/apps', at('/admin/apps')),
  scene('operator')('admin-apps-none', 'GET /admin/apps', at('/admin/apps?q=nothing+like+this')),
];

const asked =
  (changes: Readonly<Record<string, string>> = {}): Go =>
  (page, world) =>
    page.goto(request({ prompt: 'consent', ...changes })(world));

/** Sends what is on the page, as nobody can who reads it first. */
const answer =
  (decision: string, start: Go = asked()): Go =>
  async (page, world, stage) => {
    await start(page, world, stage);
    const form = page.locator('form[action="/oauth2/auth"]');
    const answered = page.waitForEvent('load');
    await form.evaluate((element: HTMLFormElement, value) => {
      const field = document.createElement('input');
      Object.assign(field, { type: 'hidden', name: 'decision', value });
      element.append(field);
      element.submit();
    }, decision);
    await answered;
  };

/** The page whose ticket is that of another session. */
const ofAnother: Go = async (page, world, stage) => {
  await asked()(page, world, stage);
  await page
    .locator('form[action="/oauth2/auth"] input[name="ticket"]')
    .evaluate((field: HTMLInputElement) => (field.value = 'x'));
};

/** The app gets its answer elsewhere; the page that is still open is answered once more. */
const answeredBefore: Go = async (page, world, stage) => {
  await asked()(page, world, stage);
  const fields = await page
    .locator('form[action="/oauth2/auth"]')
    .evaluate((form: HTMLFormElement) =>
      [...new FormData(form)].map(([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : '',
      ]),
    );
  const body = new URLSearchParams([...fields, ['decision', 'deny']]).toString();
  const headers = { origin: stage.base, 'content-type': 'application/x-www-form-urlencoded' };
  const sent = { data: body, headers, maxRedirects: 0 };
  await page.request.post(`${stage.base}/oauth2/auth`, sent);
  stage.travel(11);
  await answer('deny', () => Promise.resolve())(page, world, stage);
};

const inert: Go = async (page, world, stage) => {
  await asked()(page, world, stage);
  await page
    .getByRole('button', { name: 'Allow', exact: true })
    .evaluate((button: HTMLElement) => button.click());
  await page.getByText(/^Not sent/).waitFor();
};

const CONSENT: readonly Scene[] = [
  scene('newcomer')('consent', 'GET /oauth2/auth', at(request())),
  scene('ada')('consent-extension', 'GET /oauth2/auth', asked()),
  scene('newcomer')('consent-inert', 'GET /oauth2/auth', inert),
  scene('newcomer')('consent-early', 'POST /oauth2/auth', answer('allow')),
  scene('newcomer')('consent-other-user', 'POST /oauth2/auth', answer('allow', ofAnother)),
  scene('newcomer')('consent-answered', 'POST /oauth2/auth', answeredBefore),
];

export const APP_SCENES: readonly Scene[] = [
  ...MANAGING,
  ...CONSENT,
  scene('viewer')('consent-withheld', 'GET /oauth2/auth', at(request())),
  scene('long')('consent-long', 'GET /oauth2/auth', at(request({ scope: 'asset.read' }))),
  scene('visitor')('app-unknown', 'GET /oauth2/auth', at('/oauth2/auth?client_id=nobody')),
  scene('newcomer')('app-mismatch', 'GET /oauth2/auth', at(request(ELSEWHERE))),
  scene('ada')('app-mismatch-stranger', 'GET /oauth2/auth', at(request(ELSEWHERE))),
  scene('newcomer')('connections-none', 'GET /connections', at('/connections')),
  scene('ada')('connections', 'GET /connections', at('/connections')),
  scene('ada')(
    'connection',
    'GET /connections/:id',
    at(({ grantId }) => `/connections/${grantId}`),
  ),
];
