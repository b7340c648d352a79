/**
 * The floor: bare `node:http` and prepared statements that have the same lasting effect. It hashes what it is shown, compares in
 * constant time, and answers. No routing by table, no limits, rules, roles, grants, counts or log.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import type { Basic, Wares } from './oauth-place.ts';
import { SETTINGS, TurnCommit } from './oauth-turn-commit.ts';

export interface OAuthFloorContent {
  readonly port: number;
  readonly database: string;
  readonly wares: string;
  readonly clients: readonly Basic[];
  readonly scope: string;
  /** The headers of Gatehouse's own answers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tokens: number;
  readonly chains: number;
}

// The program that starts it writes this argument.
const content = JSON.parse(process.argv[2] ?? '') as OAuthFloorContent;
const { scope, headers } = content;
const LIFE_SECONDS = 3600;

const database = new DatabaseSync(content.database);
database.exec(SETTINGS);
database.exec(`
  create table access_tokens (hash blob primary key, client_id text not null, family blob, scope text not null,
    created_at integer not null, expires_at integer not null, revoked_at integer) without rowid;
  create table families (id blob primary key, client_id text not null, refresh_hash blob not null, previous_hash blob,
    rotated_at integer not null) without rowid;`);
const find = database.prepare('select * from access_tokens where hash = ?');
const insert = database.prepare('insert into access_tokens values (?, ?, ?, ?, ?, ?, null)');
const start = database.prepare('insert into families values (?, ?, ?, null, ?)');
const rotate = database.prepare(
  'update families set refresh_hash = ?, previous_hash = ?, rotated_at = ? where id = ? and refresh_hash = ?',
);
const turn = new TurnCommit(database);

/** A row of the first table. */
interface Row {
  readonly client_id: string;
  readonly scope: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly revoked_at: number | null;
}

const sha256 = (value: string): Buffer => Buffer.from(hash('sha256', value, 'latin1'), 'latin1');
const seconds = (): number => Math.floor(Date.now() / 1000);
const secrets = new Map(content.clients.map(({ id, secret }) => [id, sha256(secret)]));
const POOL = 24 * 256;
let pool = randomBytes(POOL);
let drawn = 0;

function random(): string {
  if (drawn === POOL) {
    pool = randomBytes(POOL);
    drawn = 0;
  }
  drawn += 24;
  return pool.toString('base64url', drawn - 24, drawn);
}

function clientOf(authorization: string): string | null {
  const text = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
  const colon = text.indexOf(':');
  const known = secrets.get(text.slice(0, colon));
  const isRight = known !== undefined && timingSafeEqual(known, sha256(text.slice(colon + 1)));
  return isRight ? text.slice(0, colon) : null;
}

function insertToken(clientId: string, family: Buffer | null): string {
  const now = seconds();
  const value = random();
  insert.run(sha256(value), clientId, family, scope, now, now + LIFE_SECONDS);
  return value;
}

const issued = (access_token: string, refresh_token?: string): object => ({
  access_token,
  expires_in: LIFE_SECONDS,
  refresh_token,
  scope,
  token_type: 'bearer',
});

/** A refresh token is its family's name and a secret. */
async function refresh(clientId: string, presented: string): Promise<object> {
  const [name = ''] = presented.split('.');
  const next = `${name}.${random()}`;
  const id = Buffer.from(name);
  let access = '';
  await turn.run(() => {
    const from = sha256(presented);
    const { changes } = rotate.run(sha256(next), from, seconds(), id, from);
    if (changes === 1) access = insertToken(clientId, id);
  });
  return access === '' ? { error: 'invalid_grant' } : issued(access, next);
}

async function grant(clientId: string, form: URLSearchParams): Promise<object> {
  if (form.get('grant_type') === 'refresh_token')
    return refresh(clientId, form.get('refresh_token') ?? '');
  let access = '';
  await turn.run(() => {
    access = insertToken(clientId, null);
  });
  return issued(access);
}

function introspect(value: string): object {
  const row = find.get(sha256(value)) as Row | undefined;
  if (row === undefined || row.expires_at <= seconds() || row.revoked_at !== null)
    return { active: false };
  return {
    active: true,
    scope: row.scope,
    client_id: row.client_id,
    token_type: 'bearer',
    iat: row.created_at,
    exp: row.expires_at,
    sub: row.client_id,
    aud: 'http://127.0.0.1',
    iss: 'http://127.0.0.1',
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, body: string) {
  const clientId = clientOf(request.headers.authorization ?? '');
  const form = new URLSearchParams(body);
  const found =
    clientId === null
      ? { error: 'invalid_client' }
      : request.url === '/oauth2/introspect'
        ? introspect(form.get('token') ?? '')
        : await grant(clientId, form);
  const text = JSON.stringify(found);
  const length = String(Buffer.byteLength(text));
  const status = 'error' in found ? 400 : 200;
  response.writeHead(status, { ...headers, 'content-length': length }).end(text);
}

function makeWares(): Wares {
  const clientId = content.clients[0]?.id ?? '';
  const tokens = Array.from({ length: content.tokens }, () => insertToken(clientId, null));
  const chains = Array.from({ length: content.chains }, () => {
    const name = random();
    const value = `${name}.${random()}`;
    start.run(Buffer.from(name), clientId, sha256(value), seconds());
    return value;
  });
  return { tokens, chains };
}

database.exec('begin');
writeFileSync(content.wares, JSON.stringify(makeWares()));
database.exec('commit');

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => void answer(request, response, Buffer.concat(chunks).toString()));
}).listen(content.port, '127.0.0.1');
