/** What a connection of the load generator asks for, and what it takes out of an answer for the next question. */
export type Script =
  | { readonly kind: 'repeat'; readonly requests: readonly string[] }
  /** Each connection refreshes its own chain. */
  | {
      readonly kind: 'chains';
      readonly path: string;
      readonly basic: string;
      readonly chains: readonly string[];
    }
  /** Authorization request, code, token, one call of the API. */
  | {
      readonly kind: 'flow';
      readonly redirectUri: string;
      /** One a connection. */
      readonly clients: readonly FlowClient[];
    };

interface FlowClient {
  /** The whole authorization request. */
  readonly authorize: string;
  readonly basic: string;
}

export interface Walk {
  begin(): string;
  /** Reads an answer; `null` when the unit is complete. Throws when it is not the one expected. */
  next(answer: string): string | null;
  /** The chain's newest refresh token; empty for other scripts. */
  readonly at: string;
}

export function startWalk(script: Script, index: number): Walk {
  if (script.kind === 'repeat') return repeat(script.requests, index);
  if (script.kind === 'chains') return chain(script, index);
  return flow(script, index);
}

const HEAD =
  'host: 127.0.0.1\r\nuser-agent: bench/1\r\naccept: application/json\r\nconnection: keep-alive\r\n';

export const postForm = (path: string, basic: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\n${HEAD}authorization: ${basic}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

export const get = (path: string, header: string): string =>
  `GET ${path} HTTP/1.1\r\n${HEAD}${header}\r\n\r\n`;

function expectStatus(answer: string, status: string): void {
  if (answer.slice(9, 12) !== status) throw new Error(`expected ${status}, got ${answer}`);
}

function repeat(requests: readonly string[], first: number): Walk {
  let turn = first * 7919;
  return {
    at: '',
    begin: () => requests[turn++ % requests.length] ?? '',
    next(answer) {
      expectStatus(answer, '200');
      if (answer.includes('"active":false')) throw new Error(`refused: ${answer}`);
      return null;
    },
  };
}

const REFRESH = /"refresh_token":"([^"]+)"/;
const ACCESS = /"access_token":"([^"]+)"/;
const CODE = /location: [^\r]*[?&]code=([^&\r]+)/i;

function found(pattern: RegExp, answer: string): string {
  const value = pattern.exec(answer)?.[1];
  if (value === undefined) throw new Error(`no ${pattern.source} in ${answer}`);
  return value;
}

function chain({ path, basic, chains }: Extract<Script, { kind: 'chains' }>, index: number): Walk {
  let at = chains[index] ?? '';
  return {
    get at() {
      return at;
    },
    begin: () => postForm(path, basic, `grant_type=refresh_token&refresh_token=${at}`),
    next(answer) {
      expectStatus(answer, '200');
      const next = found(REFRESH, answer);
      if (next === at) throw new Error('the refresh token was not replaced');
      at = next;
      return null;
    },
  };
}

function flow({ clients, redirectUri }: Extract<Script, { kind: 'flow' }>, index: number): Walk {
  const { authorize, basic } = clients[index % clients.length] ?? { authorize: '', basic: '' };
  const redirect = encodeURIComponent(redirectUri);
  let step = 0;
  return {
    at: '',
    begin() {
      step = 0;
      return authorize;
    },
    next(answer) {
      step += 1;
      if (step === 1) {
        const body = `grant_type=authorization_code&code=${found(CODE, answer)}&redirect_uri=${redirect}`;
        return postForm('/oauth2/token', basic, body);
      }
      expectStatus(answer, '200');
      if (step === 3) return null;
      return get('/v2/me', `authorization: Bearer ${found(ACCESS, answer)}`);
    },
  };
}
