/** Sessions in memory, by a cookie that means nothing in itself. An app that restarts would keep them in its database. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Begun, Tokens } from './gatehouse.ts';

export interface Session {
  readonly begun?: Begun;
  tokens?: Tokens;
}

export interface Sessions {
  of(request: IncomingMessage): Session | undefined;
  /** Answers the cookie to set. */
  start(session: Session): string;
  end(request: IncomingMessage): string;
}

const COOKIE = 'web_app_session';
/** Beyond it the oldest is forgotten: anybody can begin to sign in. */
const MOST = 10_000;

export function createSessions({ isSecure }: { isSecure: boolean }): Sessions {
  const sessions = new Map<string, Session>();
  // Lax: sent when the user comes back from Gatehouse, and not with a form that another site posts.
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  const idOf = ({ headers }: IncomingMessage): string =>
    new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)`).exec(headers.cookie ?? '')?.[1] ?? '';

  return {
    of: (request) => sessions.get(idOf(request)),
    start(session) {
      const id = randomBytes(24).toString('base64url');
      sessions.set(id, session);
      const [oldest] = sessions.keys();
      if (sessions.size > MOST && oldest !== undefined) sessions.delete(oldest);
      return `${COOKIE}=${id}; ${attributes}`;
    },
    end(request) {
      sessions.delete(idOf(request));
      return `${COOKIE}=; Max-Age=0; ${attributes}`;
    },
  };
}
