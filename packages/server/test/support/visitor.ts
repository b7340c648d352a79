/** A browser without script: follows redirects, keeps cookies, fills in forms by the names of their fields. */

export interface Page {
  readonly status: number;
  readonly url: string;
  readonly html: string;
  readonly headers: Headers;
  /** Visible words, tags and surplus space removed. */
  readonly text: string;
}

export type Fields = Readonly<Record<string, string | readonly string[]>>;

export class WebVisitor {
  readonly cookies = new Map<string, string>();
  readonly base: string;
  page: Page | undefined;

  constructor(base: string) {
    this.base = base;
  }

  get(path: string): Promise<Page> {
    return this.#send('GET', path, undefined);
  }

  /** Posts the form of the current page whose action is `action`, hidden fields included. */
  submit(action: string, fields: Fields = {}): Promise<Page> {
    const form = formOf(this.page?.html ?? '', action);
    if (form === null)
      throw new Error(`no form posts to ${action} on ${this.page?.url ?? 'no page'}`);
    return this.post(action, { ...form, ...fields });
  }

  post(path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Page> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      for (const item of typeof value === 'string' ? [value] : value) body.append(name, item);
    }
    return this.#send('POST', path, body, headers);
  }

  async #send(
    method: string,
    path: string,
    body: URLSearchParams | undefined,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const response = await fetch(new URL(path, this.base), {
      method,
      redirect: 'manual',
      headers: {
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        'user-agent': 'Test/1.0 (flows)',
        ...(method === 'POST' && { origin: this.base }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    this.#keepCookies(response);
    const html = await response.text();
    const location = response.headers.get('location');
    if (location !== null && response.status < 400) {
      return this.#send('GET', new URL(location, new URL(path, this.base)).href, undefined);
    }
    this.page = {
      status: response.status,
      url: response.url,
      html,
      headers: response.headers,
      text: textOf(html),
    };
    return this.page;
  }

  #keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      const isOver = attributes.some((attribute) =>
        /max-age=0|expires=thu, 01 jan 1970/i.test(attribute),
      );
      if (isOver) this.cookies.delete(name);
      else this.cookies.set(name, pair.slice(pair.indexOf('=') + 1));
    }
  }
}

export const textOf = (html: string): string =>
  unescape(
    html
      .replace(/<(script|style)[^]*?<\/\1>/g, ' ')
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' '),
  );

const unescape = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
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
