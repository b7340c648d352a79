/** Three pages. Whatever comes from outside is escaped. */
import type { Tokens, User } from './gatehouse.ts';

export const welcomePage = (): string =>
  page('<p>You are not signed in.</p><p><a href="/sign-in">Sign in with Gatehouse</a></p>');

export const homePage = (user: User, { scope, expiresAt }: Tokens): string =>
  page(`<p>Signed in as <strong>${escape(user.name)}</strong> (${escape(user.email)}).</p>
    <p>This app may use: ${escape(scope)}, until <time>${new Date(expiresAt).toISOString()}</time>
    unless it refreshes.</p>
    <details><summary>Your record</summary><pre>${escape(JSON.stringify(user, null, 2))}</pre></details>
    <form method="post" action="/refresh"><button>Refresh</button></form>
    <form method="post" action="/disconnect"><button>Disconnect</button></form>`);

export const problemPage = (words: string): string =>
  page(`<p>${escape(words)}</p><p><a href="/">Back</a></p>`);

const page = (body: string): string => `<!doctype html>
<html lang="en">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Example web app</title>
  <style>body { font: 16px/1.5 system-ui; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }</style>
  <h1>Example web app</h1>
  ${body}
</html>`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const escape = (text: string): string => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
