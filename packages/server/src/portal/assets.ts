/**
 * The stylesheet, the script and the icon of the pages, one file each: read, joined and compressed once at start, and served
 * from memory. Their address contains a hash of all of them, so browsers keep them for good.
 */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendStatic, staticFile } from '../http/compressed.ts';
import { Refusal } from '../http/failure.ts';
import { text } from '../http/form.ts';
import type { Route } from '../http/route.ts';
import { bundle } from './bundle.ts';
import { brandCss } from './ui/brand.ts';

const DIRECTORY = new URL('./assets/', import.meta.url);

const readAll = (
  directory: URL,
  extension: string,
): readonly (readonly [name: string, content: string])[] =>
  readdirSync(directory)
    .filter((name) => extname(name) === extension)
    .sort()
    .map((name) => [name, readFileSync(new URL(name, directory), 'utf8')]);

/** Written in parts, sent as one. */
const STYLES = readAll(new URL('styles/', DIRECTORY), '.css')
  .map(([, content]) => content)
  .join('');
const SCRIPT = bundle(new Map(readAll(DIRECTORY, '.js')), 'portal.js');
const ICON = readFileSync(new URL('icon.svg', DIRECTORY), 'utf8');

const FILES = {
  'portal.js': staticFile('text/javascript; charset=utf-8', SCRIPT),
  'icon.svg': staticFile('image/svg+xml', ICON),
};

const VERSION = hash('sha256', JSON.stringify([STYLES, SCRIPT, ICON]), 'hex').slice(0, 12);
const YEAR_SECONDS = 31_536_000;

/** Address of a file that is the same on every installation. */
export const assetUrl = (name: keyof typeof FILES): string => `/assets/${VERSION}/${name}`;

/** The stylesheet starts with the owner's accent, which is therefore part of its address. */
const styleVersion = (accent: string): string =>
  `${VERSION}-${accent.replace('#', '').toLowerCase()}`;
export const stylesheetUrl = (accent: string): string =>
  `/assets/${styleVersion(accent)}/portal.css`;

/** Goes into the route table. Needs the family `operations`, so that no session is looked up for a stylesheet. */
export function assetRoutes(accent: string): readonly Route[] {
  const styles = staticFile('text/css; charset=utf-8', brandCss(accent) + STYLES);
  const files = new Map([...Object.entries(FILES), ['portal.css', styles]]);
  const versions = new Set([VERSION, styleVersion(accent)]);
  const handler = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const file = files.get(text(request.params, 'file'));
    if (file === undefined) throw noSuchFile();
    // During a rolling update an old address may reach a new process: answer, but let nobody keep it.
    const caching = versions.has(text(request.params, 'version'))
      ? `public, max-age=${YEAR_SECONDS}, immutable`
      : 'no-store';
    void reply.headers({
      'cache-control': caching,
      'cross-origin-resource-policy': 'same-origin',
    });
    return sendStatic(reply, file);
  };
  const access = { kind: 'public' } as const;
  return [{ method: 'GET', path: '/assets/:version/:file', family: 'operations', access, handler }];
}

const noSuchFile = (): Refusal =>
  new Refusal({ statusCode: 404, code: 'not_found', message: 'There is nothing here.' });
