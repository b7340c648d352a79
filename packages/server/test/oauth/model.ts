/** What the protocol owes to its users, kept beside the real thing: who allowed what, and what is over. */
import type { Role, User } from '../../src/accounts/types.ts';
import type { AppForm } from '../../src/apps/form.ts';
import { offerOf, choose } from '../../src/oauth/authorize/decide.ts';
import { readAuthorizationRequest } from '../../src/oauth/authorize/request.ts';
import { revokeToken } from '../../src/oauth/tokens/revoke.ts';
import type { Rooms } from '../../src/rooms.ts';
import { CALLBACK, FORM, registerApp, type Registered } from '../support/oauth.ts';
import { ask, isIssued, refreshBody, type Desk, type Outcome } from './desk.ts';

export const SCOPES = ['account.read', 'asset.read', 'asset.create', 'asset.delete', 'offline'];
const OPTIONAL = ['asset.create', 'asset.delete'];
export const ROLES: readonly (Role | null)[] = ['owner', 'member', 'viewer', null];

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

interface Consented {
  /** All that the user ever allowed under it. */
  readonly scopes: Set<string>;
  isOver: boolean;
}

interface Code {
  readonly value: string;
  readonly scopes: readonly string[];
  readonly consent: Consented;
  readonly mintedAt: number;
  family: Family | null;
  /** Purged: its replay is told from nothing. */
  isForgotten: boolean;
}

interface Family {
  readonly consent: Consented;
  readonly scopes: readonly string[];
  /** Refresh tokens in the order of their making. */
  readonly refreshTokens: string[];
  generation: number;
  rotatedAt: number;
  isOver: boolean;
}

export interface Access {
  readonly value: string;
  readonly scopes: readonly string[];
  readonly family: Family;
  readonly generation: number;
  readonly expiresAt: number;
  isOver: boolean;
}

/** The oldest generation whose access tokens are kept. */
const KEPT_GENERATIONS = 8;
const RETRY_SECONDS = 60;
const CODE_SECONDS = 60;
const REFRESH_SECONDS = 30 * 86_400;

export class World {
  readonly accesses: Access[] = [];
  readonly codes: Code[] = [];
  readonly families: Family[] = [];
  readonly #desk: Desk;
  readonly #user: User;
  readonly #developer: User;
  readonly #app: Registered;
  #consent: Consented | null = null;
  #role: Role | null = 'owner';
  #ceiling: readonly string[] = SCOPES;
  #isSuspended = false;
  #isDisabled = false;

  private constructor(desk: Desk, people: { user: User; developer: User; app: Registered }) {
    this.#desk = desk;
    this.#user = people.user;
    this.#developer = people.developer;
    this.#app = people.app;
  }

  static async open(desk: Desk): Promise<World> {
    const [user, developer] = [await desk.user(), await desk.user()];
    const form = { scopes: SCOPES, optionalScopes: OPTIONAL };
    const app = await registerApp(desk.rooms, developer, form);
    return new World(desk, { user, developer, app });
  }

  get #rooms(): Rooms {
    return this.#desk.rooms;
  }

  get #now(): number {
    return this.#desk.time.now;
  }

  get #held(): ReadonlySet<string> {
    return this.#role === null ? new Set() : this.#rooms.tokens.roleScopes[this.#role];
  }

  /** What the token may do by the model; `null`: nothing at all any more. */
  expected(access: Access): readonly string[] | null {
    const { family, isOver, expiresAt, scopes } = access;
    const isDead =
      isOver || family.isOver || family.consent.isOver || expiresAt <= this.#now || !this.#isOpen();
    if (isDead) return null;
    return scopes.filter((name) => this.#ceiling.includes(name) && this.#held.has(name));
  }

  /** Access tokens of generations long past are given up to keep the rows few. */
  isGivenUp = ({ family, generation }: Access): boolean =>
    generation <= family.generation - KEPT_GENERATIONS;

  #isOpen = (): boolean => !this.#isSuspended && !this.#isDisabled && this.#role !== null;

  /** As the page does it: read, offer, choose, approve. */
  async authorize(asked: readonly string[], ticked: readonly string[]): Promise<void> {
    const { tokenEndpoint, consent } = this.#rooms.authorization;
    const { storage, catalogue, resources } = tokenEndpoint;
    const raw = {
      response_type: 'code',
      client_id: this.#app.app.id,
      redirect_uri: CALLBACK,
      scope: asked.join(' '),
    };
    const context = { clients: storage.clients, catalogue, resources };
    const read = await readAuthorizationRequest(context, raw);
    const mayAsk = asked.every((name) => this.#ceiling.includes(name)) && !this.#isDisabled;
    if ((read.outcome === 'ready') !== mayAsk) throw new Error(`${asked.join()} ${read.outcome}`);
    if (read.outcome !== 'ready' || this.#isSuspended || this.#role === null) return;
    const session = { userId: this.#user.id, authenticatedAt: this.#now, isEmailVerified: true };
    const situation = { request: read.request, session, consent: null, held: this.#held };
    const offer = offerOf({ ...situation, now: this.#now, signInAskedAt: null });
    const choice = choose(offer, new Set(ticked));
    if (choice.granted.some((name) => !this.#held.has(name))) throw new Error('beyond the role');
    if (choice.granted.length === 0) return;
    const { user, accountId } = { user: this.#user, accountId: this.#user.accountId };
    const approval = { request: read.request, accountId, choice };
    const { code } = await consent.approve(approval, { user, origin });
    this.#consent ??= { scopes: new Set(), isOver: false };
    for (const name of choice.granted) this.#consent.scopes.add(name);
    const scopes = choice.granted;
    const made = { value: code, scopes, consent: this.#consent, mintedAt: this.#now };
    this.codes.push({ ...made, family: null, isForgotten: false });
  }

  async exchange(which: number): Promise<void> {
    const code = this.codes[which % this.codes.length];
    if (code === undefined) return;
    const body = { grant_type: 'authorization_code', code: code.value, redirect_uri: CALLBACK };
    const outcome = await this.#ask(body);
    const isSpent = code.family !== null || code.consent.isOver;
    const isLate = this.#now - code.mintedAt >= CODE_SECONDS;
    this.#compare(outcome, this.#isOpen() && !isSpent && !isLate);
    if (code.family !== null && !this.#isDisabled && !code.isForgotten) code.family.isOver = true;
    if (!isIssued(outcome)) return;
    const family: Family = {
      consent: code.consent,
      scopes: code.scopes,
      refreshTokens: outcome.refreshToken === null ? [] : [outcome.refreshToken],
      generation: 1,
      rotatedAt: this.#now,
      isOver: false,
    };
    code.family = family;
    this.families.push(family);
    this.#note(outcome, family);
  }

  /** `back`: how many refresh tokens before the newest is presented. */
  async refresh(which: number, back: number, asked: readonly string[]): Promise<void> {
    const family = this.families[which % this.families.length];
    const token = family?.refreshTokens.at(-1 - back);
    if (family === undefined || token === undefined) return;
    const scope = asked.length === 0 ? {} : { scope: asked.join(' ') };
    const outcome = await this.#ask(refreshBody(token, scope));
    const isKnown = this.#isOpen() && !family.consent.isOver && !family.isOver;
    const isWide = asked.some((name) => !family.scopes.includes(name));
    const isRetry = back === 1 && this.#now - family.rotatedAt <= RETRY_SECONDS;
    const isFresh = back === 0 && this.#now - family.rotatedAt < REFRESH_SECONDS;
    this.#compare(outcome, isKnown && !isWide && (isFresh || isRetry));
    if (isKnown && !isWide && back > 0 && !isRetry) family.isOver = true;
    if (!isIssued(outcome)) return;
    if (back === 1) return this.#compareRetry(outcome, family);
    family.generation += 1;
    family.rotatedAt = this.#now;
    family.refreshTokens.push(outcome.refreshToken ?? '');
    this.#note(outcome, family);
  }

  async setRole(role: Role | null): Promise<void> {
    const { id: userId, accountId } = this.#user;
    await this.#rooms.accounts.changeRole({ userId, accountId, role, origin, earlier: 'keep' });
    this.#role = role;
  }

  async setCeiling(scopes: readonly string[]): Promise<void> {
    const optionalScopes = OPTIONAL.filter((name) => scopes.includes(name));
    const form: AppForm = { ...FORM, scopes, optionalScopes };
    const asked = { id: this.#app.app.id, form };
    const changed = await this.#rooms.authorization.apps.change(asked, this.#actor());
    if (changed.outcome !== 'changed') throw new Error(JSON.stringify(changed));
    this.#ceiling = scopes;
  }

  async setSuspended(isSuspended: boolean): Promise<void> {
    const { id: userId } = this.#user;
    await this.#rooms.accounts.setSuspended({ userId, isSuspended, origin, earlier: 'keep' });
    this.#isSuspended = isSuspended;
  }

  async setDisabled(isDisabled: boolean): Promise<void> {
    const act = isDisabled ? 'disable' : 'enable';
    await this.#rooms.authorization.apps.switch({ id: this.#app.app.id, act }, this.#actor());
    this.#isDisabled = isDisabled;
  }

  async disconnect(): Promise<void> {
    const { id: userId, accountId } = this.#user;
    const key = { userId, clientId: this.#app.app.id, accountId };
    const grant = await this.#rooms.storage.grants.find(key);
    if ((grant !== null) !== (this.#consent !== null))
      throw new Error('the grant is not as agreed');
    if (grant === null || this.#consent === null) return;
    const ended = { grantId: grant.id, userId, appName: 'x', origin };
    await this.#rooms.authorization.consent.disconnect(ended);
    this.#consent.isOver = true;
    this.#consent = null;
  }

  /** As its client does it (RFC 7009): a refresh token with all of its family, an access token alone. */
  async revoke(which: number): Promise<void> {
    const access = this.accesses[which % this.accesses.length];
    const client = (await this.#rooms.storage.clients.byId(this.#app.app.id))?.client;
    if (access === undefined || client === undefined) return;
    const isFamily = which % 2 === 0 && access.family.refreshTokens.length > 0;
    const token = isFamily ? access.family.refreshTokens.at(-1) : access.value;
    const revocation = { client, token: token ?? '', now: this.#now };
    await revokeToken(this.#rooms.authorization.tokenEndpoint, revocation);
    this.#rooms.checker.forgetAll();
    if (isFamily) access.family.isOver = true;
    else access.isOver = true;
  }

  /** Time went by: a code that was purged is unknown, and its replay ends nothing any more. */
  pass(): void {
    for (const code of this.codes) {
      if (this.#now - code.mintedAt > 86_400 + CODE_SECONDS) code.isForgotten = true;
    }
  }

  #actor() {
    return { user: this.#developer, origin, isOperator: false, ceiling: null };
  }

  #ask(body: Readonly<Record<string, string>>): Promise<Outcome> {
    return ask(this.#rooms, this.#app, body);
  }

  #compare(outcome: Outcome, isExpected: boolean): void {
    if (isIssued(outcome) !== isExpected)
      throw new Error(`expected ${isExpected}, got ${JSON.stringify(outcome)}`);
  }

  #compareRetry(outcome: Outcome, family: Family): void {
    const newest = this.accesses.findLast((access) => access.family === family);
    const isSame =
      isIssued(outcome) &&
      outcome.refreshToken === family.refreshTokens.at(-1) &&
      outcome.accessToken === newest?.value;
    if (!isSame) throw new Error('a retry was answered with something else');
  }

  #note(outcome: Outcome, family: Family): void {
    if (!isIssued(outcome)) return;
    const { accessToken: value, scopes, expiresInSeconds } = outcome;
    const expiresAt = this.#now + expiresInSeconds;
    const { generation } = family;
    this.accesses.push({ value, scopes, family, generation, expiresAt, isOver: false });
  }
}
