/**
 * The door of the portal: turns requests into visits and answers into replies. Owns cookies, the session look-up, the
 * CSRF check and the headers of pages. Never decides what a page says.
 */
import type { DerivedKeys } from '../keys/keys.ts';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../identity/identity.ts';
import type { Visitor } from '../identity/context.ts';
import { createCookies } from '../http/cookies.ts';
import { isFromOwnPage, isNavigation, refuseCrossOrigin } from '../http/cross-origin.ts';
import { checkCsrf, csrfOwner } from '../http/csrf.ts';
import { pageHeaders, pagePolicy } from '../http/headers.ts';
import type { Guard } from '../http/register-routes.ts';
import type { Access, Route } from '../http/route.ts';
import type { AtHand } from '../kit/at-hand.ts';
import type { Clock } from '../kit/clock.ts';
import { laneOf, type FairShare } from '../limits/fair-share.ts';
import { tooManyFormsPage } from './errors/too-many-forms-page.ts';
import { createFormLimit, repeatable } from './form-limit.ts';
import { openerPolicy } from './opener-policy.ts';
import type { Confirm } from './confirm/confirm.ts';
import type {
  Brand,
  PersonalForm,
  PortalContext,
  PortalRoute,
  PublicRoute,
} from './portal-context.ts';
import { signedInOf } from './signed-in.ts';
import { sayStepUp } from './step-up.ts';
import {
  PageRefusal,
  showUntil,
  type Answer,
  type CookieChange,
  type ReturnCookie,
  type SignedIn,
  type SignedInVisit,
  type Visit,
} from './visit.ts';

export interface DoorOptions {
  readonly accounts: Identity;
  readonly brand: Brand;
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly elapsed: PortalContext['elapsed'];
  readonly rateLimit: PortalContext['rateLimit'];
  readonly csrfKeys: DerivedKeys;
  readonly fairShare: FairShare;
  readonly confirm: Confirm;
}

export type Door = ReturnType<typeof createDoor>;

const COOKIE_NAMES = {
  session: 'gatehouse_session',
  device: 'gatehouse_device',
  browser: 'gatehouse_sign_up',
  return: 'gatehouse_return',
  sent: 'gatehouse_sent',
} as const;

export function createDoor(options: DoorOptions) {
  const { accounts, baseUrl, csrfKeys, confirm } = options;
  const cookies = createCookies(baseUrl);
  const sessions = new WeakMap<FastifyRequest, SignedIn>();
  const decide = createDecide(options);

  async function recognise(request: FastifyRequest): Promise<void> {
    const token = readLasting(request, 'session');
    const found = token === null ? null : await accounts.findSession(token);
    sessions.delete(request);
    if (found === null) return;
    sessions.set(request, signedInOf(csrfKeys, { ...found, address: request.facts.address }));
  }

  /** Sessions and known browsers of before cookies named their port stay what they are. */
  const readLasting = (request: FastifyRequest, cookie: 'session' | 'device'): string | null =>
    cookies.read(request, COOKIE_NAMES[cookie]) ??
    cookies.readEarlier(request, COOKIE_NAMES[cookie]);

  async function requireSession(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (sessions.has(request)) return;
    const query = `return_to=${encodeURIComponent(request.url)}`;
    await withPageHeaders(reply).redirect(`/sign-in?${query}`, 303);
  }

  async function requireOperator(request: FastifyRequest): Promise<void> {
    const signedIn = sessions.get(request);
    // The page does not admit to being there.
    if (signedIn !== undefined && !signedIn.user.isOperator) throw noSuchPage();
  }

  /**
   * Every form of a signed-in user carries the token of the session it was made for. One of another session is kept for
   * its person, and carried out by nothing but a form that they send from the session of now.
   */
  const requireForm =
    ({ access, path }: Pick<Route, 'access' | 'path'>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const signedIn = sessions.get(request);
      const token = record(request.body)['csrf'];
      const csrf = typeof token === 'string' ? token : '';
      if (signedIn !== undefined && checkCsrf(csrfKeys, signedIn.session.id, csrf)) return;
      const ownerId = csrfOwner(csrfKeys, csrf);
      const late = ownerId === null ? null : confirm.keepLate(path, toVisit(request), ownerId);
      if (late !== null) {
        await answer(reply, late);
        return;
      }
      if (signedIn !== undefined) {
        if (access.kind === 'operator') await requireOperator(request);
        throw new PageRefusal(403, INVALID_FORM);
      }
      const why = ownerId !== null && confirm.endsSession(path) ? 'done=signed-out' : 'lost=1';
      await withPageHeaders(reply).redirect(`/sign-in?${why}`, 303);
    };

  /** Pages of signed-out visitors take no token: the browser's own word on the origin guards them. */
  function guard(access: Access, { method, path }: Pick<Route, 'method' | 'path'>): Guard {
    const origin = refuseCrossOrigin(baseUrl);
    if (access.kind === 'public')
      // A body can take its time, and the session may end meanwhile.
      return {
        onRequest: [origin, recognise],
        ...(method !== 'GET' && { preHandler: [recognise] }),
      };
    const rights = access.kind === 'operator' ? [requireOperator] : [];
    if (method === 'GET') return { onRequest: [origin, recognise, requireSession, ...rights] };
    // A body can take its time, and the session may end meanwhile.
    const preHandler = [recognise, requireForm({ access, path }), ...rights];
    return { onRequest: [origin], preHandler };
  }

  function toVisit(request: FastifyRequest, isPlanting = true): Visit {
    const query = record(request.query);
    const form = record(request.body);
    return {
      params: strings(request.params),
      query,
      form,
      visitor: visitorOf(request),
      requestId: request.id,
      host: request.hostname.toLowerCase(),
      browserToken: cookies.read(request, COOKIE_NAMES.browser),
      sentCookie: cookies.read(request, COOKIE_NAMES.sent),
      search: searchOf(request.url),
      returnTo: safePath(form['return_to'] ?? query['return_to'], baseUrl),
      returnCookie: returnCookieOf(cookies.read(request, COOKIE_NAMES.return), baseUrl),
      mayPlant: isPlanting,
      signedIn: sessions.get(request) ?? null,
    };
  }

  function visitorOf(request: FastifyRequest): Visitor {
    const { address, agent } = request.facts;
    return {
      address,
      agent: agent.slice(0, 300),
      deviceToken: readLasting(request, 'device'),
    };
  }

  function answer(reply: FastifyReply, result: Answer): FastifyReply {
    void withPageHeaders(reply);
    if (result.kind === 'page' && result.formTargets !== undefined)
      void reply.header('content-security-policy', pagePolicy(result.formTargets));
    for (const change of result.cookies ?? []) applyCookie(reply, change);
    if (result.kind === 'redirect') return reply.redirect(result.to, 303);
    if (result.kind === 'download') return download(reply, result);
    if (result.retryAfterSeconds !== undefined) {
      void reply.header('retry-after', String(result.retryAfterSeconds));
    }
    return reply
      .code(result.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(String(result.html));
  }

  function applyCookie(reply: FastifyReply, change: CookieChange): void {
    const name = COOKIE_NAMES[change.cookie];
    if (change.value === null) cookies.clear(reply, name);
    else cookies.set(reply, name, { value: change.value, maxAgeSeconds: change.maxAgeSeconds });
  }

  function toRoute(route: PortalRoute): Route {
    const { method, path, access } = route;
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      const visit = toVisit(request, mayPlant(request, route, baseUrl));
      const keep = (result: Answer): Answer =>
        visit.mayPlant ? result : { ...result, cookies: [] };
      const result = await decide(request.url, { route, visit });
      return answer(reply, route.method === 'GET' || isPublic(route) ? keep(result) : result);
    };
    return { method, path, access, family: 'portal', handler, ...ofForm(route) };
  }

  return {
    guard,
    toRoute,
    answer,
    /** Who is signed in, for error pages outside any controller. */
    signedIn: (request: FastifyRequest): SignedIn | null => sessions.get(request) ?? null,
  };
}

const withPageHeaders = (reply: FastifyReply): FastifyReply =>
  reply
    .headers(pageHeaders)
    .header('cross-origin-opener-policy', openerPolicy(reply.request.routeOptions.url));

/** What is answered to a visit. To somebody who is known it is worked out within their share, and sent outside of it. */
function createDecide(options: DoorOptions) {
  const takeForm = createTakeForm(options);
  return (url: string, { route, visit }: Visited): AtHand<Answer> => {
    const { signedIn } = visit;
    const decide = (): AtHand<Answer> => {
      if (isPublic(route)) return route.controller(visit);
      if (!isSignedIn(visit)) throw noSuchPage();
      if (route.method === 'GET') return route.controller(visit);
      return takeForm(url, { route, visit });
    };
    // Apart from what tokens do for the same person, so that a stolen one keeps nobody from revoking it.
    return signedIn === null
      ? decide()
      : options.fairShare.run(`pages ${signedIn.user.id}`, laneOf(route.method), decide);
  };
}

interface Visited {
  readonly route: PortalRoute;
  readonly visit: Visit;
}

/** A form that the guard let pass: the limit, what it has to wait for, its controller. */
function createTakeForm(options: DoorOptions) {
  const { brand, baseUrl, confirm } = options;
  const countForm = createFormLimit(options);
  return async (
    url: string,
    { route, visit }: { route: PersonalForm; visit: SignedInVisit },
  ): Promise<Answer> => {
    const { signedIn } = visit;
    const retryAfterSeconds = countForm(signedIn);
    if (retryAfterSeconds === 0)
      return (await confirm.askFirst(route, visit)) ?? route.controller(visit);
    const again = route.leadsAway === true ? null : againOf(visit, safePath(url, baseUrl));
    const html = tooManyFormsPage({ brand, signedIn, retryAfterSeconds, again });
    return showUntil(html, retryAfterSeconds);
  };
}

/** One piece is made when the one before was taken, so a slow reader costs no memory; one that leaves ends the making. */
const download = (
  reply: FastifyReply,
  { filename, type, body }: Extract<Answer, { kind: 'download' }>,
): FastifyReply =>
  reply
    .code(200)
    .type(type)
    .header('content-disposition', `attachment; filename="${filename}"`)
    .send(Readable.from(body, { objectMode: true, highWaterMark: 1 }));

/**
 * A page that another site asked for writes nothing. Forms are refused across sites before they come here. The one page that
 * other sites send people to by design says so in its route.
 */
const mayPlant = (request: FastifyRequest, route: PortalRoute, baseUrl: string): boolean =>
  route.method === 'POST' ||
  isFromOwnPage(request, baseUrl) ||
  (route.isEntrance === true && isNavigation(request));

/** The form once more; `null` when it cannot be written into a page. */
function againOf({ form }: Visit, action: string) {
  const { csrf: _csrf, ...rest } = form;
  const fields = repeatable(rest);
  return fields === null ? null : { action, fields };
}

const INVALID_FORM = 'This form is no longer valid. Go back, reload the page and try again.';

const noSuchPage = (): PageRefusal => new PageRefusal(404, 'There is nothing here.');

const isPublic = (route: PortalRoute): route is PublicRoute => route.access.kind === 'public';

/** What the route table says of a form besides. */
function ofForm(route: PortalRoute): Pick<Route, 'stepUp' | 'bodyLimitBytes'> {
  if (!isPublic(route) && route.method === 'GET') return {};
  const { bodyLimitBytes } = route;
  return {
    ...(!isPublic(route) && { stepUp: sayStepUp(route.stepUp) }),
    ...(bodyLimitBytes !== undefined && { bodyLimitBytes }),
  };
}

const isSignedIn = (visit: Visit): visit is SignedInVisit => visit.signedIn !== null;

/** Own properties of a parsed body or query; anything else is an empty form. */
function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function strings(value: unknown): Readonly<Record<string, string>> {
  const pairs = Object.entries(record(value));
  return Object.fromEntries(pairs.map(([key, item]) => [key, String(item)]));
}

function searchOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
}

const HANDLE = /^[\w-]{43}$/;

const returnCookieOf = (value: string | null, baseUrl: string): ReturnCookie =>
  value !== null && HANDLE.test(value)
    ? { kind: 'handle', handle: value }
    : { kind: 'path', path: safePath(value, baseUrl) };

/** A path of this site or `/`. Read by the same parser that browsers use, so that `//host`, `/\host` and tabs lead nowhere. */
export function safePath(value: unknown, baseUrl: string): string {
  if (typeof value !== 'string' || !value.startsWith('/')) return '/';
  const url = URL.parse(value, baseUrl);
  if (url === null || url.origin !== new URL(baseUrl).origin) return '/';
  const path = url.pathname + url.search;
  // `/.//host` resolves to a path that a browser would read as another host.
  return path.startsWith('//') ? '/' : path;
}
