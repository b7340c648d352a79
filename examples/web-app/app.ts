/** A small web app with a "Sign in with Gatehouse" button. Run it beside the server; the README says how. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connectToGatehouse, Denied, Disconnected, type Gatehouse } from './gatehouse.ts';
import { homePage, problemPage, welcomePage } from './pages.ts';
import { createSessions, type Sessions } from './sessions.ts';

interface Visit {
  readonly gatehouse: Gatehouse;
  readonly sessions: Sessions;
  readonly request: IncomingMessage;
  readonly url: URL;
}

type Answer =
  | { readonly html: string; readonly status?: number }
  | { readonly to: string; readonly cookie?: string };

type Action = (visit: Visit) => Answer | Promise<Answer>;

const ACTIONS: Readonly<Record<string, Action>> = {
  'GET /': showHome,
  'GET /sign-in': signIn,
  'GET /callback': finishSignIn,
  'POST /refresh': refresh,
  'POST /disconnect': disconnect,
};

async function showHome({ gatehouse, sessions, request }: Visit): Promise<Answer> {
  const session = sessions.of(request);
  if (session?.tokens === undefined) return { html: welcomePage() };
  // An access token lives for an hour. The user may be here for longer.
  if (session.tokens.expiresAt - Date.now() < 60_000)
    session.tokens = await gatehouse.refresh(session.tokens);
  return { html: homePage(await gatehouse.readMe(session.tokens), session.tokens) };
}

async function signIn({ gatehouse, sessions }: Visit): Promise<Answer> {
  const { link, begun } = await gatehouse.beginSignIn();
  return { to: link.href, cookie: sessions.start({ begun }) };
}

async function finishSignIn({ gatehouse, sessions, request, url }: Visit): Promise<Answer> {
  const begun = sessions.of(request)?.begun;
  // Whoever did not begin here is brought by somebody else's link.
  if (begun === undefined) return { html: problemPage('Start again, please.'), status: 400 };
  sessions.end(request);
  const tokens = await gatehouse.finishSignIn(url, begun);
  // A new cookie: who knew the one from before the sign-in learns nothing.
  return { to: '/', cookie: sessions.start({ tokens }) };
}

async function refresh({ gatehouse, sessions, request }: Visit): Promise<Answer> {
  const session = sessions.of(request);
  if (session?.tokens !== undefined) session.tokens = await gatehouse.refresh(session.tokens);
  return { to: '/' };
}

async function disconnect({ gatehouse, sessions, request }: Visit): Promise<Answer> {
  const tokens = sessions.of(request)?.tokens;
  const cookie = sessions.end(request);
  if (tokens !== undefined) await gatehouse.revoke(tokens);
  return { to: '/', cookie };
}

const notFound: Action = () => ({ html: problemPage('There is nothing here.'), status: 404 });

async function answer(visit: Visit): Promise<Answer> {
  const { request, url, sessions } = visit;
  const action = ACTIONS[`${request.method} ${url.pathname}`] ?? notFound;
  try {
    return await action(visit);
  } catch (error) {
    if (error instanceof Denied) return { html: problemPage('You did not allow it.') };
    // The user took the access back, or it ran out: signed out here too.
    if (error instanceof Disconnected) return { to: '/', cookie: sessions.end(request) };
    const reason = error instanceof Error ? error.message : String(error);
    return { html: problemPage(`That did not work: ${reason}`), status: 502 };
  }
}

function send(response: ServerResponse, given: Answer): void {
  response.setHeader('cache-control', 'no-store');
  response.setHeader(
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  if ('to' in given) {
    if (given.cookie !== undefined) response.setHeader('set-cookie', given.cookie);
    response.writeHead(303, { location: given.to }).end();
  } else {
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    response.writeHead(given.status ?? 200, headers).end(given.html);
  }
}

export interface Settings {
  readonly gatehouseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where this app is reached. `/callback` below it is the redirect URI that was registered. */
  readonly appUrl: string;
}

export async function createWebApp(settings: Settings): Promise<Server> {
  const { appUrl } = settings;
  const gatehouse = await connectToGatehouse({ ...settings, redirectUri: `${appUrl}/callback` });
  const sessions = createSessions({ isSecure: appUrl.startsWith('https:') });
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', appUrl);
    answer({ gatehouse, sessions, request, url })
      .then((given) => send(response, given))
      .catch((error: unknown) => {
        console.error(error);
        response.destroy();
      });
  });
}

function settingsOf(env: NodeJS.ProcessEnv): Settings {
  const needed = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`Set ${name}; see README.md.`);
    return value;
  };
  return {
    gatehouseUrl: env['GATEHOUSE_URL'] ?? 'http://localhost:4000',
    clientId: needed('CLIENT_ID'),
    clientSecret: needed('CLIENT_SECRET'),
    appUrl: env['APP_URL'] ?? 'http://localhost:3000',
  };
}

if (import.meta.main) {
  const settings = settingsOf(process.env);
  const server = await createWebApp(settings);
  const { hostname, port } = new URL(settings.appUrl);
  server.listen(Number(port || 80), hostname, () => console.log(`Open ${settings.appUrl}`));
}
