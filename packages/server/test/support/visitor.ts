/** A browser without script: follows redirects, keeps cookies, fills in forms by the names of their fields. */
import { setTimeout as delay } from 'node:timers/promises';
import { LEAST_MILLISECONDS } from '../../src/oauth/authorize/interaction.ts';
import type { Secrets } from './secrets.ts';

export interface Page {
  readonly status: number;
  readonly url: string;
  readonly html: string;
  readonly headers: Headers;
  /** Visible words, tags and surplus space removed. */
  readonly text: string;
}

/** One answer, before any redirect is followed. */
export interface Reply {
  readonly status: number;
  readonly location: string | null;
  readonly setCookies: readonly string[];
  readonly headers: Headers;
  readonly html: string;
}

export type Fields = Readonly<Record<string, string | readonly string[]>>;

export interface VisitorOptions {
  readonly secrets?: Secrets;
  /** Real time unless said otherwise. */
  readonly wait?: (milliseconds: number) => unknown;
}

export class WebVisitor {
  /** By the names that they have without the port of the instance. */
  readonly cookies = new Map<string, string>();
  readonly base: string;
  /** What a request says unless told otherwise. */
  readonly headers: Record<string, string> = { 'user-agent': 'Test/1.0 (flows)' };
  readonly #secrets: Secrets | undefined;
  readonly #wait: (milliseconds: number) => unknown;
  page: Page | undefined;
  /** When the current page arrived. */
  #seenAt = 0;

  constructor(base: string, { secrets, wait = delay }: VisitorOptions = {}) {
    this.base = base;
    this.#secrets = secrets;
    this.#wait = wait;
  }

  get(path: string): Promise<Page> {
    return this.#follow('GET', path, {});
  }

  /** Posts the form of the current page whose action is `action`, hidden fields included. */
  submit(action: string, fields: Fields = {}): Promise<Page> {
    const form = formOf(this.page?.html ?? '', action);
    if (form === null)
      throw new Error(`no form posts to ${action} on ${this.page?.url ?? 'no page'}`);
    return this.post(action, { ...form, ...fields });
  }

  /** The question of an app is not answered before anybody could have read it. */
  async post(path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Page> {
    const early = this.#seenAt + LEAST_MILLISECONDS + 1 - Date.now();
    if (path === '/oauth2/auth' && early > 0) await this.#wait(early);
    return this.#follow('POST', path, { body: encode(fields), headers });
  }

  /** The hidden fields of a form of the current page; `null` when it has no such form. */
  hidden(action: string): Record<string, string> | null {
    return formOf(this.page?.html ?? '', action);
  }

  /** One request. Keeps cookies; follows nothing and leaves the current page as it is. */
  async send(
    method: string,
    path: string,
    { body, headers = {} }: { body?: URLSearchParams | string; headers?: Record<string, string> },
  ): Promise<Reply> {
    if (body instanceof URLSearchParams) this.#secrets?.noteFields(body);
    const response = await fetch(new URL(path, this.base), {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookies.size > 0 && { cookie: this.#cookieHeader() }),
        ...this.headers,
        ...(method === 'POST' && { origin: this.base }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    this.#keepCookies(response);
    const html = await response.text();
    this.#secrets?.noteText(html);
    return {
      status: response.status,
      location: response.headers.get('location'),
      setCookies: response.headers.getSetCookie(),
      headers: response.headers,
      html,
    };
  }

  async #follow(
    method: string,
    path: string,
    given: { body?: URLSearchParams; headers?: Record<string, string> },
  ): Promise<Page> {
    const { status, location, headers, html } = await this.send(method, path, given);
    const url = new URL(path, this.base).href;
    if (location !== null && status < 400) {
      const next = URL.parse(location, url);
      if (next?.origin === new URL(this.base).origin) return this.get(next.href);
      // Off to an app: what it would be sent is all that matters here, and the page stays where it was.
      return { status, url: location, html: '', headers, text: '' };
    }
    this.#seenAt = Date.now();
    this.page = { status, url, html, headers, text: textOf(html) };
    return this.page;
  }

  #keepCookie(name: string, value: string): void {
    this.cookies.set(name, value);
    this.#secrets?.note('cookie', value);
  }

  #cookieHeader(): string {
    return [...this.cookies]
      .map(([name, value]) => `${name}${this.#suffixOf(name)}=${value}`)
      .join('; ');
  }

  /** Cookies belong to all ports of a host, so an instance names its own after its port. */
  #suffixOf(name: string): string {
    return name.startsWith('gatehouse_') ? `_${new URL(this.base).port}` : '';
  }

  #keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const sent = pair.slice(0, pair.indexOf('='));
      const suffix = this.#suffixOf(sent);
      const name = sent.endsWith(suffix) ? sent.slice(0, sent.length - suffix.length) : sent;
      const isOver = attributes.some((attribute) =>
        /max-age=0|expires=thu, 01 jan 1970/i.test(attribute),
      );
      if (isOver) this.cookies.delete(name);
      else this.#keepCookie(name, pair.slice(pair.indexOf('=') + 1));
    }
  }
}

export function encode(fields: Fields): URLSearchParams {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const item of typeof value === 'string' ? [value] : value) body.append(name, item);
  }
  return body;
}

export const textOf = (html: string): string =>
  unescape(
    html
      .replace(/<(script|style)[^]*?<\/\1>/g, ' ')
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' '),
  );

export const unescape = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&#96;', '`')
    .replaceAll('&amp;', '&');

function formOf(html: string, action: string): Record<string, string> | null {
  for (const [, attributes = '', inside = ''] of html.matchAll(/<form([^>]*)>([^]*?)<\/form>/g)) {
    if (attribute(attributes, 'action') === action) return hiddenFields(inside);
  }
  return null;
}

function hiddenFields(form: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, attributes = ''] of form.matchAll(/<input([^>]*)>/g)) {
    const name = attribute(attributes, 'name');
    if (name !== null && attribute(attributes, 'type') === 'hidden') {
      fields[name] = attribute(attributes, 'value') ?? '';
    }
  }
  return fields;
}

function attribute(attributes: string, name: string): string | null {
  const match = new RegExp(`\\s${name}="([^"]*)"`).exec(attributes);
  return match?.[1] === undefined ? null : unescape(match[1]);
}
