/** Tokens that were found in public, as operators and their owners see them. */
import { at, scene, submit, type Scene } from './scenes.ts';

const operator = scene('operator');

export const FOUND_SCENES: readonly Scene[] = [
  operator('found-tokens', 'GET /admin/tokens', at('/admin/tokens')),
  operator('found-token-none', 'POST /admin/tokens', async (page) => {
    await page.goto('/admin/tokens');
    await page.locator('[name="token"]').fill('no such token');
    await submit(page, '/admin/tokens');
  }),
  operator(
    'found-token',
    'GET /admin/tokens/:id',
    at(({ tokens }) => `/admin/tokens/${tokens.plain.id}`),
  ),
  operator(
    'found-token-ended',
    'GET /admin/tokens/:id',
    at(({ tokens }) => `/admin/tokens/${tokens.exposed.id}?done=exposed`),
  ),
  scene('ada')(
    'token-exposed',
    'GET /tokens/:id',
    at(({ tokens }) => `/tokens/${tokens.exposed.id}`),
  ),
];
