/** A linter and a generator that people use take /openapi.json as it is. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { generate } from 'openapi-typescript-codegen';
import { STRICT_CLIENT } from '../support/client-types.ts';
import { ALL, startApi, type RunningApi } from '../support/api.ts';
import { withoutProgram } from '../support/tools.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

let api: RunningApi;
let token: string;
before(async () => {
  api = await startApi((config) => ({
    ...config,
    // An address of loopback is a warning in itself.
    server: { ...config.server, baseUrl: 'https://api.gatehouse.test' },
    apps: { registration: 'everyone', mostPerUser: 1000 },
  }));
  token = (await api.token(await api.user('ada@example.com'), ALL)).value;
});
after(() => api.stop());

const lint = async (document: object) => {
  const config = await createConfig({ extends: ['recommended'] });
  const source = JSON.stringify(document);
  const found = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  return found.map(({ ruleId, message }) => `${ruleId}: ${message}`);
};

test('the recommended rules of Redocly find no error and nothing to warn of', async () => {
  const { document } = api.documented;
  assert.deepEqual(await lint(document), []);
  assert.notDeepEqual(await lint({ ...document, info: {} }), []);
});

test(
  'the recommended rules of Spectral find nothing',
  { skip: withoutProgram('spectral') },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'gatehouse-spectral-'));
    const ruleset = join(directory, 'rules.json');
    const file = join(directory, 'openapi.json');
    const spectral = async (document: object) => {
      await writeFile(file, JSON.stringify(document));
      const rules = ['--ruleset', ruleset, '--fail-severity', 'hint'];
      // It fails where it finds anything.
      return run('spectral', ['lint', file, ...rules]);
    };
    try {
      await writeFile(ruleset, '{"extends": ["spectral:oas"]}');
      const { document } = api.documented;
      await spectral(document);
      await assert.rejects(spectral({ ...document, tags: [] }), {
        stdout: /operation-tag-defined/,
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
);

test('a generated TypeScript client compiles and calls', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-client-'));
  try {
    const client = join(directory, 'client');
    const input = structuredClone(api.documented.document);
    await generate({ input, output: client, useUnionTypes: true });
    await writeFile(join(directory, 'call.ts'), CALL);
    await writeFile(join(directory, 'package.json'), '{"type":"commonjs"}');
    await writeFile(
      join(directory, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: STRICT_CLIENT }),
    );
    await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', directory]);
    const { default: call } = (await import(
      pathToFileURL(join(directory, 'out', 'call.js')).href
    )) as { default: { call(base: string, token: string): Promise<unknown> } };
    const made = await call.call(api.base, token);
    assert.deepEqual(made, ['ada@example.com', 'oauth_app', 'service', 404]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

const run = promisify(execFile);
const CALL = `
import { ApiError, AppsService, OpenAPI, TokensService, UsersService } from './client';
export async function call(base: string, token: string) {
  OpenAPI.BASE = base;
  OpenAPI.TOKEN = token;
  const me = await UsersService.getMe();
  const body = { app_type: 'service', name: 'Render farm', scopes: ['asset.read'] } as const;
  const app = await AppsService.createApp({ ...body, scopes: [...body.scopes] });
  const missing = await TokensService.getToken('x').catch((error: unknown) => error);
  return [me.email, app._type, app.app_type, missing instanceof ApiError && missing.status];
}
`;
