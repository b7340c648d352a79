/** The token screens alone on a real server with real rooms, and a person who is signed in. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPasswordHasher } from '../../../src/accounts/password.ts';
import type { User } from '../../../src/accounts/types.ts';
import type { Config } from '../../../src/config/config.ts';
import { readConfig } from '../../../src/config/read.ts';
import { createLogger } from '../../../src/http/logger.ts';
import { registerRoutes } from '../../../src/http/register-routes.ts';
import { createServer } from '../../../src/http/server.ts';
import { deriveKey } from '../../../src/kit/keys.ts';
import { randomBytes } from '../../../src/kit/random.ts';
import { assetRoutes } from '../../../src/portal/assets.ts';
import { createDoor } from '../../../src/portal/door.ts';
import type { PortalContext } from '../../../src/portal/portal-context.ts';
import { tokenRoutes } from '../../../src/portal/tokens/tokens.ts';
import { openRooms, type Rooms } from '../../../src/rooms.ts';
import { WebVisitor } from '../../support/visitor.ts';

export interface Stage {
  readonly rooms: Rooms;
  readonly base: string;
  /** Epoch seconds; tests may set it forward. */
  readonly time: { now: number };
  person(email: string): Promise<{ user: User; visitor: WebVisitor }>;
  stop(): Promise<void>;
}

const PASSWORD = 'copper lantern drifting north';
const cheap = { memory: 8, passes: 1, parallelism: 1 };

export async function openStage(change: (config: Config) => Config = (config) => config) {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-tokens-'));
  const config = change(readConfig({ env: {}, directory }));
  const time = { now: 1_790_000_000 };
  const passwords = createPasswordHasher({ randomBytes, cost: cheap });
  const rooms = await openRooms({ config, clock: () => time.now, passwords });
  const logger = createLogger({ level: 'silent' });
  const server = await createServer({ config: config.server, logger });
  const door = createDoor({
    accounts: rooms.accounts,
    baseUrl: config.server.baseUrl,
    csrfKey: deriveKey(config.masterSecret, 'csrf'),
  });
  const context = contextOf(rooms);
  const routes = tokenRoutes(context).map((route) => door.toRoute(route));
  registerRoutes(server, [...routes, ...assetRoutes(config.brand.accent)], {
    portal: door.guard,
    api: () => ({}),
    operations: () => ({}),
  });
  const base = await server.listen({ host: '127.0.0.1', port: 0 });
  const stage: Stage = {
    rooms,
    base,
    time,
    person: (email) => signIn(rooms, { base, email }),
    async stop() {
      await server.close();
      await rooms.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return stage;
}

/** Mail is not needed here, and the API is the checker alone. */
const contextOf = (rooms: Rooms): PortalContext => ({
  accounts: rooms.accounts,
  tokens: rooms.tokens,
  usage: rooms.usage,
  checker: rooms.checker,
  apps: rooms.authorization.apps,
  consent: rooms.authorization.consent,
  authorize: { clients: rooms.storage.clients, catalogue: rooms.catalogue, resources: [] },
  rateLimit: rooms.config.rateLimit,
  ticketKey: deriveKey(rooms.config.masterSecret, 'page ticket'),
  mail: {
    mailbox: null,
    troubles: async () => ({ items: [], total: 0 }),
    retry: async () => false,
  },
  brand: rooms.config.brand,
  baseUrl: rooms.config.server.baseUrl,
  sessionSeconds: 3600,
  signUpMode: 'open',
  presets: rooms.config.presets,
  clock: rooms.clock,
  askApi: async (credential) => {
    const verdict = await rooms.checker.check(credential);
    const isGood = verdict.outcome === 'active';
    const body = isGood ? { id: verdict.userId } : { reason: verdict.reason };
    return { status: isGood ? 200 : 401, body: JSON.stringify(body) };
  },
});

async function signIn(rooms: Rooms, { base, email }: { base: string; email: string }) {
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const form = { name: 'Ada Example', email, password: PASSWORD, isOperator: false };
  const made = await rooms.accounts.createUser(form, origin);
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made.errors));
  const browser = { address: '127.0.0.1', agent: 'Test/1.0', deviceToken: null };
  const outcome = await rooms.accounts.signIn({ email, password: PASSWORD }, browser);
  if (outcome.outcome !== 'signed-in') throw new Error(outcome.outcome);
  const visitor = new WebVisitor(base);
  visitor.cookies.set('gatehouse_session', outcome.started.token);
  return { user: made.user, visitor };
}
