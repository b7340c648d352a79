/** One installation that is started again and again with other catalogues, on either engine. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import type { ScopeDefinition } from '../../src/catalogue/catalogue.ts';
import { Place } from '../oauth/place.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { startApp } from '../support/running-app.ts';

export type EngineName = 'sqlite' | 'postgres';

/** `clip.read` or, with the names that it had before, `clip.read was asset.read`. */
export type Named = string;

export function definitionOf(named: Named): ScopeDefinition {
  const [name = '', was] = named.split(' was ');
  return {
    name,
    description: `do ${name}`,
    category: name.split('.')[0] ?? name,
    level: name.endsWith('.read') ? 'read' : 'write',
    holders: name === 'offline' ? 'apps' : 'everyone',
    ...(was !== undefined && { was: was.split(',') }),
  };
}

export class Installation {
  readonly time = { now: Math.floor(Date.now() / 1000) };
  readonly #directory: string;
  readonly #databaseUrl: string | null;
  readonly #secret = randomBytes(32).toString('base64');

  constructor(directory: string, databaseUrl: string | null) {
    this.#directory = directory;
    this.#databaseUrl = databaseUrl;
  }

  /** With a catalogue, all of which every role but the viewer holds. */
  async start(
    catalogue: readonly Named[],
    change: (config: Config) => Config = (config) => config,
  ): Promise<Place> {
    const scopes = catalogue.map(definitionOf);
    const names = scopes.map(({ name }) => name);
    const running = await startApp({
      clock: () => this.time.now,
      env: this.env,
      change: (config) =>
        change({
          ...config,
          scopes,
          presets: [],
          roles: {
            owner: names,
            admin: names,
            member: names,
            viewer: names.filter((name) => name.endsWith('.read')),
          },
        }),
    });
    return new Place(running, this.time);
  }

  /** For whatever process works on it. */
  get env(): Record<string, string> {
    return {
      GATEHOUSE_DATA_DIRECTORY: this.#directory,
      GATEHOUSE_MASTER_SECRET: this.#secret,
      ...(this.#databaseUrl !== null && { GATEHOUSE_DATABASE_URL: this.#databaseUrl }),
    };
  }

  remove(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true });
  }
}

export async function newInstallation(engine: EngineName): Promise<Installation> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-catalogue-'));
  const databaseUrl = engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
  return new Installation(directory, databaseUrl);
}
