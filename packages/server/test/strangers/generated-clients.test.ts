/** Clients that openapi-generator makes from /openapi.json compile, and call the server that wrote it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { STRICT_CLIENT } from '../support/client-types.ts';
import { ALL, startApi, type RunningApi } from '../support/api.ts';
import { skipWithout, starts, withoutProgram } from '../support/tools.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const GENERATOR = 'openapi-generator-cli';
const NEEDED = 'import pydantic, urllib3, dateutil';

const generator = withoutProgram(GENERATOR);
const python =
  generator ||
  skipWithout(starts('python3', ['-c', NEEDED]), 'python3 with pydantic, urllib3 and dateutil');
const go = generator || skipWithout(starts('go', ['version']), 'go');

let api: RunningApi;
let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-clients-'));
  const apps = { registration: 'everyone', mostPerUser: 1000 } as const;
  api = await startApi((config) => ({ ...config, apps }));
  const document = { ...api.documented.document, servers: [{ url: api.base }] };
  await writeFile(join(directory, 'openapi.json'), JSON.stringify(document));
});
after(async () => {
  await api.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Answers the folder with the client. The generator validates the document first. */
async function generate(language: string): Promise<string> {
  const to = join(directory, language);
  const names = ['--package-name', 'client', '--git-host', 'example.com'];
  const module = ['--git-user-id', 'gatehouse', '--git-repo-id', 'client'];
  const document = ['-i', join(directory, 'openapi.json'), '-o', to];
  await run(GENERATOR, ['generate', '-g', language, ...document, ...names, ...module]);
  return to;
}

/** What each program prints after it has read, made, listed and been refused. */
const done = (email: string) => [email, 'oauth_app', 'web', 2, 'not_found'];

/** For a program that calls as somebody who has one token and no app. */
async function environmentOf(email: string): Promise<NodeJS.ProcessEnv> {
  const { value } = await api.token(await api.user(email), ALL);
  return { ...process.env, TOKEN: value, BASE: api.base };
}

test('the one for typescript-fetch', { skip: generator }, async () => {
  const client = await generate('typescript-fetch');
  await writeFile(join(client, 'call.ts'), TYPESCRIPT);
  await writeFile(join(client, 'package.json'), '{"type":"commonjs"}');
  await writeFile(
    join(client, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...STRICT_CLIENT, target: 'es2022' } }),
  );
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', client]);
  const env = await environmentOf('ada@example.com');
  const { stdout } = await run(process.execPath, [join(client, 'out', 'call.js')], { env });
  assert.deepEqual(JSON.parse(stdout), done('ada@example.com'));
});

test('the one for Python', { skip: python }, async () => {
  const client = await generate('python');
  await writeFile(join(client, 'call.py'), PYTHON);
  await run('python3', ['-m', 'compileall', '-q', 'client'], { cwd: client });
  const env = await environmentOf('grace@example.com');
  const { stdout } = await run('python3', ['call.py'], { cwd: client, env });
  assert.deepEqual(JSON.parse(stdout), done('grace@example.com'));
});

test('the one for Go', { skip: go }, async () => {
  const client = await generate('go');
  await mkdir(join(client, 'call'));
  await writeFile(join(client, 'call', 'main.go'), GO);
  // It needs no other module, and a test fetches nothing.
  const offline = { GOPROXY: 'off', GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' };
  const env = { ...(await environmentOf('mary@example.com')), ...offline };
  const { stdout } = await run('go', ['run', './call'], { cwd: client, env });
  assert.deepEqual(JSON.parse(stdout), done('mary@example.com'));
});

const TYPESCRIPT = `
import { AppsApi, Configuration, ResponseError, TokensApi, UsersApi } from './index';
declare const process: { env: Record<string, string> };
const { BASE: basePath = '', TOKEN: accessToken = '' } = process.env;
const configuration = new Configuration({ basePath, accessToken });
async function main() {
  const me = await new UsersApi(configuration).getMe();
  const redirectUris = ['https://app.example.com/callback'];
  const createAppRequest = { appType: 'web', name: 'Cutting Room', scopes: ['asset.read'], redirectUris } as const;
  const apps = new AppsApi(configuration);
  const app = await apps.createApp({ createAppRequest: { ...createAppRequest, scopes: ['asset.read'] } });
  const tokens = new TokensApi(configuration);
  const made = { description: 'Nightly export', scopes: ['asset.read'], expiresIn: 3600 };
  await tokens.createToken({ createTokenRequest: made });
  const listed = await tokens.listTokens({ pageSize: 10 });
  const missing = await tokens.getToken({ id: '000000000000' }).catch((error: unknown) => error);
  if (!(missing instanceof ResponseError)) throw missing;
  const { errors } = await missing.response.json();
  console.log(JSON.stringify([me.email, app.type, app.appType, listed.length, errors[0].reason]));
}
void main();
`;

const PYTHON = `
import json, os
import client
from client.exceptions import NotFoundException

configuration = client.Configuration(host=os.environ["BASE"], access_token=os.environ["TOKEN"])
with client.ApiClient(configuration) as connection:
    me = client.UsersApi(connection).get_me()
    app = client.AppsApi(connection).create_app(client.CreateAppRequest(
        app_type="web", name="Cutting Room", scopes=["asset.read"],
        redirect_uris=["https://app.example.com/callback"]))
    tokens = client.TokensApi(connection)
    tokens.create_token(client.CreateTokenRequest(
        description="Nightly export", scopes=["asset.read"], expires_in=3600))
    tokens.get_token(tokens.list_tokens()[0].id)
    listed = len(tokens.list_tokens(page_size=10))
    try:
        tokens.get_token("000000000000")
    except NotFoundException as refused:
        reason = json.loads(refused.body)["errors"][0]["reason"]
    print(json.dumps([me.email, app.type, app.app_type, listed, reason]))
`;

const GO = `
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	client "example.com/gatehouse/client"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	configuration := client.NewConfiguration()
	configuration.Servers[0].URL = os.Getenv("BASE")
	api := client.NewAPIClient(configuration)
	ctx := context.WithValue(context.Background(), client.ContextAccessToken, os.Getenv("TOKEN"))
	me, _, err := api.UsersAPI.GetMe(ctx).Execute()
	check(err)
	form := *client.NewCreateAppRequest("web", "Cutting Room", []string{"asset.read"})
	form.SetRedirectUris([]string{"https://app.example.com/callback"})
	app, _, err := api.AppsAPI.CreateApp(ctx).CreateAppRequest(form).Execute()
	check(err)
	hour := *client.NewNullableInt32(client.PtrInt32(3600))
	asked := *client.NewCreateTokenRequest("Nightly export", []string{"asset.read"}, hour)
	_, _, err = api.TokensAPI.CreateToken(ctx).CreateTokenRequest(asked).Execute()
	check(err)
	listed, _, err := api.TokensAPI.ListTokens(ctx).PageSize(10).Execute()
	check(err)
	_, _, err = api.TokensAPI.GetToken(ctx, "000000000000").Execute()
	var refused *client.GenericOpenAPIError
	if !errors.As(err, &refused) {
		panic(err)
	}
	refusal := refused.Model().(client.Refusal)
	done := []any{me.Email, app.Type, app.AppType, len(listed), refusal.Errors[0].Reason}
	answer, err := json.Marshal(done)
	check(err)
	fmt.Println(string(answer))
}
`;
