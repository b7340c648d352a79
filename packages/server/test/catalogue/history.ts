/** Somebody's tokens, apps and consents, and everything that can happen to them. */
import { randomUUID } from 'node:crypto';
import type { Role, User } from '../../src/identity/types.ts';
import { FORM, exchange, type Registered, type TokenAnswer } from '../support/oauth.ts';
import type { Person, Place } from '../oauth/place.ts';
import { filled } from './filled.ts';
import type { Installation } from './installation.ts';

const CATALOGUE = ['account.read', 'team.read', 'asset.read', 'asset.create', 'offline'];
const RENAMED = ['profile.read was account.read', ...CATALOGUE.slice(1)];
const without = (names: readonly string[], name: string): readonly string[] =>
  names.filter((one) => one !== name);

/** What an operator makes of the catalogue, one after the other. */
export const CATALOGUES: readonly (readonly string[])[] = [
  CATALOGUE,
  without(CATALOGUE, 'team.read'),
  RENAMED,
  without(RENAMED, 'team.read'),
  without(CATALOGUE, 'offline'),
  without(CATALOGUE, 'account.read'),
];

/** Of a viewer: something is withheld that only reads, and asked for by an endpoint. */
export const isOfViewers = (name: string): boolean => /^(account|profile|asset)\.read$/.test(name);

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

export interface Calling {
  readonly value: string;
  readonly kind: 'pat' | 'oat' | 'service';
}

interface Refreshing {
  value: string;
}

export class History {
  readonly installation: Installation;
  place: Place;
  person: Person;
  readonly #developer: User;
  readonly web: Registered;
  readonly service: Registered;
  /** Asks about every token. */
  readonly resourceServer: Registered;
  readonly calling: Calling[] = [];
  readonly refreshing: Refreshing[] = [];
  isSuspended = false;
  /** Index of the one that is in force. */
  catalogue = 0;

  private constructor(installation: Installation, place: Place, made: Made) {
    this.installation = installation;
    this.place = place;
    this.person = made.person;
    this.#developer = made.developer;
    this.web = made.web;
    this.service = made.service;
    this.resourceServer = made.resourceServer;
  }

  static async open(installation: Installation, place: Place): Promise<History> {
    const person = await place.person();
    const developer = await place.user();
    const web = await place.register(developer, { scopes: CATALOGUE });
    const scopes = without(CATALOGUE, 'offline');
    const service = await place.register(person.user, { type: 'service', scopes });
    const resourceServer = await place.register(developer, { type: 'service', scopes });
    const asked = { id: resourceServer.app.id, mayIntrospect: true };
    await place.modules.authorization.apps.setIntrospection(asked, operator(developer));
    return new History(installation, place, { person, developer, web, service, resourceServer });
  }

  get user(): User {
    return this.person.user;
  }

  get #modules() {
    return this.place.modules;
  }

  /** Names of today that the catalogue has. */
  get names(): readonly string[] {
    return this.#modules.catalogues.current().all.map(({ name }) => name);
  }

  #pick(names: readonly number[]): readonly string[] {
    return this.names.filter((_name, at) => names.includes(at));
  }

  async makeToken(names: readonly number[], lifeSeconds: number | null): Promise<void> {
    const { accountId } = this.user;
    const scopes = without(this.#pick(names), 'offline');
    const form = { description: 'nightly export', scopes, lifeSeconds, accountId };
    const made = await this.#modules.tokens.create(
      { ...form, creationKey: randomUUID() },
      this.#actor(),
    );
    if (made.outcome === 'created') this.calling.push({ value: made.value, kind: 'pat' });
  }

  /** By the page, so that the successor is made as it is for people. */
  async rotateToken(which: number): Promise<void> {
    const found = this.#tokenId(which);
    if (found === null || !(await this.#isSignedIn())) return;
    const { visitor } = this.person;
    const { html } = await visitor.get(`/tokens/${found}/rotate`);
    if (!html.includes(`action="/tokens/${found}/rotate"`)) return;
    const page = await visitor.post(`/tokens/${found}/rotate`, {
      ...filled(html, `/tokens/${found}/rotate`),
      overlap: '3600',
    });
    const [value] = /gate_pat_[0-9A-Za-z]{40,}/.exec(page.html) ?? [];
    if (value !== undefined) this.calling.push({ value, kind: 'pat' });
  }

  async switchToken(which: number, act: 'disable' | 'enable' | 'revoke'): Promise<void> {
    const id = this.#tokenId(which);
    if (id !== null) await this.#modules.tokens.switch({ id, act }, this.#actor());
  }

  /** What the app is told about an access token it gets, and the token. */
  async connect(names: readonly number[]): Promise<TokenAnswer | null> {
    const client = await this.#modules.storage.clients.byId(this.web.app.id);
    const held = await this.#held();
    const scopes = this.#pick(names).filter(
      (name) => client?.client.scopes.includes(name) && held.has(name),
    );
    if (scopes.length === 0 || this.isSuspended) return null;
    const place = { base: this.place.base, modules: this.#modules };
    const answer = await exchange(
      place,
      { user: this.user, registered: this.web },
      { scopes, declined: [] },
    );
    return this.#keep(answer, 'oat');
  }

  async refresh(which: number, names: readonly number[]): Promise<Refreshed | null> {
    const held = this.refreshing.at(-1 - (which % Math.max(1, this.refreshing.length)));
    if (held === undefined) return null;
    const told = await this.place.ask('introspect', { token: held.value }, this.web);
    const scope = this.#pick(names).join(' ');
    const body = { grant_type: 'refresh_token', refresh_token: held.value };
    const answer = await this.place.token(scope === '' ? body : { ...body, scope }, this.web);
    if (answer.status === 200) held.value = answer.json.refresh_token;
    await this.#keep(answer, 'oat', false);
    return { told, answer, scope };
  }

  async serve(names: readonly number[]): Promise<TokenAnswer> {
    const scope = without(this.#pick(names), 'offline').join(' ');
    const body = { grant_type: 'client_credentials' };
    const asked = scope === '' ? body : { ...body, scope };
    return this.#keep(await this.place.token(asked, this.service), 'service');
  }

  async setRole(role: Role | null): Promise<void> {
    const { id: userId, accountId } = this.user;
    await this.#modules.accounts.changeRole({ userId, accountId, role, origin, earlier: 'keep' });
  }

  async setSuspended(isSuspended: boolean): Promise<void> {
    const { id: userId } = this.user;
    await this.#modules.accounts.setSuspended({ userId, isSuspended, origin, earlier: 'keep' });
    this.isSuspended = isSuspended;
  }

  async setAppScopes(names: readonly number[]): Promise<void> {
    const scopes = this.#pick(names);
    if (scopes.length === 0) return;
    const form = { ...FORM, scopes, optionalScopes: [] };
    const { apps } = this.#modules.authorization;
    await apps.change({ id: this.web.app.id, form }, operator(this.#developer));
  }

  async disconnect(): Promise<void> {
    const { id: userId, accountId } = this.user;
    const { storage, authorization } = this.#modules;
    const grant = await storage.grants.find({ userId, clientId: this.web.app.id, accountId });
    if (grant === null) return;
    const ended = { grantId: grant.id, userId, appName: 'x', origin };
    await authorization.consent.disconnect(ended);
  }

  async revokeAccess(which: number): Promise<void> {
    const oats = this.calling.filter(({ kind }) => kind === 'oat');
    const token = oats.at(-1 - (which % Math.max(1, oats.length)))?.value;
    if (token !== undefined) await this.place.ask('revoke', { token }, this.web);
  }

  step(seconds: number): void {
    this.installation.time.now += seconds;
  }

  async setCatalogue(which: number): Promise<void> {
    await this.place.stop();
    this.place = await openPlaceOf(this.installation, which);
    this.catalogue = which;
    const visitor = this.place.running.visitor();
    this.person = { ...this.person, visitor };
  }

  /** Sessions end by suspensions and by the clock; `false` when nobody can sign in. */
  async #isSignedIn(): Promise<boolean> {
    return !this.isSuspended && (await this.pageOf('/account')) !== null;
  }

  /** A page of the person; `null` when nobody can sign in. */
  async pageOf(path: string): Promise<string | null> {
    if (this.isSuspended) return null;
    const { visitor } = this.person;
    let page = await visitor.get(path);
    if (page.url.includes('/sign-in')) {
      await this.place.signIn(visitor, this.user);
      page = await visitor.get(path);
    }
    if (page.status !== 200) throw new Error(`${path}: ${page.status} ${page.text}`);
    return page.html;
  }

  async #held(): Promise<ReadonlySet<string>> {
    const { accounts, catalogues } = this.#modules;
    const { accountId, id } = this.user;
    const membership = await accounts.reads.accounts.membership(accountId, id);
    return catalogues.current().heldBy(membership?.role ?? null);
  }

  #tokenId(which: number): string | null {
    const pats = this.calling.filter(({ kind }) => kind === 'pat');
    const value = pats.at(-1 - (which % Math.max(1, pats.length)))?.value;
    return value === undefined ? null : idOf(value);
  }

  async #keep(answer: TokenAnswer, kind: Calling['kind'], isNew = true): Promise<TokenAnswer> {
    const { access_token: value, refresh_token: refresh } = answer.json;
    if (answer.status !== 200) return answer;
    this.calling.push({ value, kind });
    if (isNew && refresh !== undefined) this.refreshing.push({ value: refresh });
    return answer;
  }

  #actor() {
    return { user: this.user, origin: { ...origin, actorId: this.user.id }, ceiling: null };
  }
}

interface Made {
  readonly person: Person;
  readonly developer: User;
  readonly web: Registered;
  readonly service: Registered;
  readonly resourceServer: Registered;
}

export interface Refreshed {
  /** What introspection said of the refresh token just before. */
  readonly told: TokenAnswer;
  readonly answer: TokenAnswer;
  /** What was asked for; empty: all. */
  readonly scope: string;
}

const operator = (user: User) => ({ user, origin, isOperator: true, ceiling: null });

export const idOf = (value: string): string =>
  /_(?:pat|oat)_([0-9A-Za-z]{12})/.exec(value)?.[1] ?? '';

export const openPlaceOf = (installation: Installation, which: number): Promise<Place> =>
  installation.start(CATALOGUES[which] ?? CATALOGUE, (config) => ({
    ...config,
    attempts: { windowSeconds: 900, perAccount: 10_000, perAddress: 10_000 },
    rateLimit: { ...config.rateLimit, requests: 1_000_000, changesPerDay: 1_000_000 },
    apps: { ...config.apps, mostPerUser: 1000 },
    roles: { ...config.roles, viewer: config.roles.viewer.filter(isOfViewers) },
  }));
