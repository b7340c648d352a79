/** Servers of apps on origins of their own, and what they were sent. Close them all in `after`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import type { AppForm } from '../../src/apps/form.ts';
import { registerApp, type Registered } from '../support/oauth.ts';
import type { ClientType } from '../../src/oauth/vocabulary.ts';
import type { Stage } from './stage.ts';

export interface AppServer {
  readonly origin: string;
  /** The bodies of forms that were posted to it. */
  readonly posted: readonly URLSearchParams[];
}

const running = new Set<Server>();

export async function closeApps(): Promise<void> {
  for (const server of running) {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
  running.clear();
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Says where it is: what a browser shows after it was sent on. */
const sayPath: Handler = ({ url = '' }, response) => {
  const { pathname } = new URL(url, 'http://app');
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><title>App</title><link rel="icon" href="data:,"><p>At ${pathname}`);
};

export async function serveApp(
  handle: Handler = sayPath,
  { listens = '127.0.0.1', name = listens }: { listens?: string; name?: string } = {},
): Promise<AppServer> {
  const posted: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'POST')
      text(request).then(
        (body) => {
          posted.push(new URLSearchParams(body));
          return handle(request, response);
        },
        () => response.destroy(),
      );
    else handle(request, response);
  });
  running.add(server);
  await new Promise<void>((resolve) => {
    server.listen(0, listens, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://${name}:${port}`, posted };
}

export const sendOn =
  (location: string): Handler =>
  (_request, response) =>
    void response.writeHead(302, { location }).end();

export const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

/** Registered by somebody new each time. */
export async function newApp(
  stage: Stage,
  form: Partial<AppForm> & { readonly type?: ClientType },
): Promise<Registered> {
  const developer = await stage.person({ email: `${crypto.randomUUID()}@example.com` });
  return registerApp(stage.running.app, developer, {
    scopes: ['account.read', 'offline'],
    ...form,
  });
}

export function linkOf(
  { app }: Registered,
  redirectUri: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: app.id,
    redirect_uri: redirectUri,
    scope: 'account.read offline',
    state: 'kq2w',
    ...more,
  });
  return `/oauth2/auth?${parameters.toString()}`;
}
