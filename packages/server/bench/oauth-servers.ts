/** Starts what is measured: Gatehouse, the peer in both ways of committing, the floor, and the generator. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OAuthFloorContent } from './oauth-floor.ts';
import type { OAuthLoad, OAuthLoadResult } from './oauth-load.ts';
import type { PeerContent } from './oauth-peer.ts';
import {
  SCOPES,
  SERVICE_SCOPES,
  type Amounts,
  type OAuthPlace,
  type Wares,
} from './oauth-place.ts';
import type { Commits } from './oauth-peer-adapter.ts';
import { start, startGate, stop, type ServerProcess } from './processes.ts';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export interface Contender extends Wares {
  readonly name: string;
  readonly server: ServerProcess;
  readonly paths: { readonly token: string; readonly introspect: string };
}

const OURS = { token: '/oauth2/token', introspect: '/oauth2/introspect' };

export async function startOurs(
  { workplace, tokens, chains }: OAuthPlace,
  nodeOptions: readonly string[] = [],
): Promise<Contender> {
  const env = { GATEHOUSE_LOG_REQUESTS: 'false' };
  const server = await startGate({ directory: workplace.directory, env, nodeOptions });
  return { name: 'Gatehouse', server, paths: OURS, tokens, chains };
}

export async function startPeer(
  { workplace, clients }: OAuthPlace,
  { commits, amounts }: { commits: Commits; amounts: Amounts },
): Promise<Contender> {
  const database = join(workplace.directory, `peer-${commits}.db`);
  const wares = join(workplace.directory, `peer-${commits}.json`);
  const content: Omit<PeerContent, 'port'> = {
    ...amounts,
    database,
    wares,
    commits,
    clients,
    scopes: SCOPES,
  };
  const server = await startScript('oauth-peer.ts', content);
  const paths = { token: '/token', introspect: '/token/introspection' };
  return { name: `oidc-provider, ${commits}`, server, paths, ...read(wares) };
}

export async function startOAuthFloor(
  { workplace, clients }: OAuthPlace,
  { headers, amounts }: Pick<OAuthFloorContent, 'headers'> & { amounts: Amounts },
): Promise<Contender> {
  const database = join(workplace.directory, 'floor.db');
  const wares = join(workplace.directory, 'floor.json');
  const content: Omit<OAuthFloorContent, 'port'> = {
    ...amounts,
    database,
    wares,
    headers,
    clients: Object.values(clients),
    scope: SERVICE_SCOPES.join(' '),
  };
  const server = await startScript('oauth-floor.ts', content);
  return { name: 'floor', server, paths: OURS, ...read(wares) };
}

const startScript = (file: string, content: object): Promise<ServerProcess> =>
  start((port) => ({
    program: ['--import', here('probe.js'), here(file), JSON.stringify({ ...content, port })],
  }));

// The programs that write it have the type.
const read = (wares: string): Wares => JSON.parse(readFileSync(wares, 'utf8')) as Wares;

export interface OAuthGenerator {
  run(load: OAuthLoad): Promise<OAuthLoadResult>;
  stop(): Promise<void>;
}

export function startOAuthGenerator(): OAuthGenerator {
  const child = fork(here('oauth-load.ts'));
  return {
    async run(load) {
      const message = once(child, 'message');
      child.send(load);
      // The program and its types are written together.
      const [answer] = (await message) as [{ result?: OAuthLoadResult; error?: string }];
      if (answer.result === undefined) throw new Error(answer.error);
      return answer.result;
    },
    stop: () => stop(child),
  };
}
