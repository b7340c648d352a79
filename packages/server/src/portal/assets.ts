/**
 * The stylesheet and browser scripts, read once at start and served from memory. Their address contains a hash of all
 * of them, so browsers keep them for good and scripts can import each other by relative path.
 */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../http/failure.ts';
import { text } from '../http/form.ts';
import type { Route } from '../http/route.ts';
import { brandCss } from './ui/brand.ts';

const DIRECTORY = new URL('./assets/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const readAll = (directory: URL): readonly (readonly [name: string, content: string])[] =>
  readdirSync(directory)
    .filter((name) => TYPES[extname(name)] !== undefined)
    .sort()
    .map((name) => [name, readFileSync(new URL(name, directory), 'utf8')]);

/** Written in parts, sent as one. */
const STYLES = readAll(new URL('styles/', DIRECTORY))
  .map(([, content]) => content)
  .join('');

const FILES: ReadonlyMap<string, string> = new Map([...readAll(DIRECTORY), ['portal.css', STYLES]]);

const VERSION = hash('sha256', JSON.stringify([...FILES]), 'hex').slice(0, 12);
const YEAR_SECONDS = 31_536_000;

/** Address of a file in `assets/`. */
export const assetUrl = (name: string): string => `/assets/${VERSION}/${name}`;

/** The stylesheet starts with the owner's accent, which is therefore part of its address. */
export const stylesheetUrl = (accent: string): string =>
  `/assets/${VERSION}-${accent.replace('#', '').toLowerCase()}/portal.css`;

/** Goes into the route table. Needs the room `operations`, so that no session is looked up for a stylesheet. */
export function assetRoutes(accent: string): readonly Route[] {
  const files = new Map(FILES).set('portal.css', brandCss(accent) + STYLES);
  const versions = new Set([assetUrl('').split('/')[2], stylesheetUrl(accent).split('/')[2]]);
  const handler = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const version = text(request.params, 'version');
    const file = text(request.params, 'file');
    const content = files.get(file);
    if (content === undefined) throw noSuchFile();
    // During a rolling update an old address may reach a new process: answer, but let nobody keep it.
    const caching = versions.has(version)
      ? `public, max-age=${YEAR_SECONDS}, immutable`
      : 'no-store';
    return reply
      .headers({ 'cache-control': caching, 'cross-origin-resource-policy': 'same-origin' })
      .type(TYPES[extname(file)] ?? 'text/plain')
      .send(content);
  };
  const access = { kind: 'public' } as const;
  return [{ method: 'GET', path: '/assets/:version/:file', room: 'operations', access, handler }];
}

const noSuchFile = (): Refusal =>
  new Refusal({ statusCode: 404, code: 'not_found', message: 'There is nothing here.' });
