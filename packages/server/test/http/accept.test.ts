import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prefersHtml } from '../../src/http/accept.ts';

const PAGES = [
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'text/html',
  'TEXT/HTML;charset=utf-8',
  'application/json;q=0.5, text/html;q=0.6',
  'text/*, application/json;q=0.9',
  'text/html, application/json',
];
const JSONS = [
  undefined,
  '',
  '*/*',
  'application/json',
  'application/json, text/plain, */*',
  'text/html;q=0, */*',
  'text/html;q=0.1, application/json',
  'text/html;q=0.5, application/*',
  'image/avif,image/webp,*/*;q=0.8',
  'nonsense',
  ';;;,,,q=',
];

for (const accept of PAGES)
  test(`${accept} asks for a page`, () => assert.equal(prefersHtml(accept), true));
for (const accept of JSONS)
  test(`${accept} does not`, () => assert.equal(prefersHtml(accept), false));
