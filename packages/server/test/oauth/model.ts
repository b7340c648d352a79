/** What the protocol owes to its users, kept beside the real thing: who allowed what, and what is over. */
import type { Role, User } from '../../src/identity/types.ts';
import type { AppForm } from '../../src/apps/form.ts';
import { choose, decide, offerOf, type Choice } from '../../src/oauth/authorize/decide.ts';
import type { Grant } from '../../src/consent/types.ts';
import {
  readAuthorizationRequest,
  type AuthorizationRequest,
} from '../../src/oauth/authorize/request.ts';
import { revokeToken } from '../../src/oauth/tokens/revoke.ts';
import type { Modules } from '../../src/compose/modules.ts';
import { CALLBACK, FORM, registerApp, type Registered } from '../support/oauth.ts';
import { FIRST } from '../support/first-resource.ts';
import { ask, isIssued, refreshBody, type Desk, type Outcome } from './desk.ts';

export const SCOPES = ['account.read', 'asset.read', 'asset.create', 'asset.delete', 'offline'];
const OPTIONAL = ['asset.create', 'asset.delete'];
export const ROLES: readonly (Role | null)[] = ['owner', 'member', 'viewer', null];

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

interface Consented {
  /** What the last answers of the user left, without what the app lost since. */
  readonly scopes: Set<string>;
  readonly declined: Set<string>;
  isOver: boolean;
}

interface Code {
  readonly value: string;
  readonly scopes: Set<string>;
  readonly consent: Consented;
  readonly mintedAt: number;
  family: Family | null;
  /** Purged: its replay is told from nothing. */
  isForgotten: boolean;
}

interface Family {
  readonly consent: Consented;
  readonly scopes: Set<string>;
  /** Refresh tokens in the order of their making. */
  readonly refreshTokens: string[];
  generation: number;
  rotatedAt: number;
  /** Nothing of the newest answer was used, so the refresh that got it may be repeated. */
  isRetriable: boolean;
  isOver: boolean;
}

export interface Access {
  readonly value: string;
  readonly scopes: Set<string>;
  readonly family: Family;
  readonly generation: number;
  readonly expiresAt: number;
  isOver: boolean;
}

/** The oldest generation whose access tokens are kept. */
const KEPT_GENERATIONS = 8;
const RETRY_SECONDS = 20;
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
    const app = await registerApp(desk.modules, developer, form);
    return new World(desk, { user, developer, app });
  }

  get #modules(): Modules {
    return this.#desk.modules;
  }

  get #now(): number {
    return this.#desk.time.now;
  }

  get #held(): ReadonlySet<string> {
    return this.#modules.catalogues.current().heldBy(this.#role);
  }

  /** What the token may do by the model; `null`: nothing at all any more. */
  expected(access: Access): readonly string[] | null {
    const { family, isOver, expiresAt, scopes } = access;
    const isDead =
      isOver || family.isOver || family.consent.isOver || expiresAt <= this.#now || !this.#isOpen();
    if (isDead) return null;
    return SCOPES.filter((name) => scopes.has(name) && this.#held.has(name));
  }

  /** Gone for good from all that was issued under a consent, whatever is allowed later. */
  #takeOut(consent: Consented, names: readonly string[]): void {
    const issued = [...this.codes, ...this.families].filter((one) => one.consent === consent);
    const accesses = this.accesses.filter(({ family }) => family.consent === consent);
    for (const { scopes } of [...issued, ...accesses])
      for (const name of names) scopes.delete(name);
  }

  /** Access tokens of generations long past are given up to keep the rows few. */
  isGivenUp = ({ family, generation }: Access): boolean =>
    generation <= family.generation - KEPT_GENERATIONS;

  #isOpen = (): boolean => !this.#isSuspended && !this.#isDisabled && this.#role !== null;

  /** As the page does it: read, offer, choose, approve. */
  async authorize(asked: readonly string[], ticked: readonly string[]): Promise<void> {
    const request = await this.#read(asked);
    if (request === null) return;
    const choice = choose(offerOf(this.#situation(request, null)), new Set(ticked));
    if (choice.granted.some((name) => !this.#held.has(name))) throw new Error('beyond the role');
    if (choice.granted.length === 0) return;
    const value = await this.#approve({ request, choice, isSilent: false });
    this.#consent ??= { scopes: new Set(), declined: new Set(), isOver: false };
    const consent = this.#consent;
    this.#takeOut(consent, choice.declined);
    for (const name of choice.declined) consent.scopes.delete(name);
    for (const name of choice.declined) consent.declined.add(name);
    for (const name of choice.granted) consent.scopes.add(name);
    for (const name of choice.granted) consent.declined.delete(name);
    this.#noteCode(value, choice.granted, consent);
  }

  /** Without a page, when everything was answered before; then it gives what the answers left. */
  async revisit(asked: readonly string[]): Promise<void> {
    const request = await this.#read(asked);
    if (request === null) return;
    const consent = this.#consent;
    const offered = asked.filter((name) => this.#held.has(name));
    const left = SCOPES.filter((name) => offered.includes(name) && consent?.scopes.has(name));
    const isAnswered = offered.every(
      (name) =>
        left.includes(name) || (OPTIONAL.includes(name) && consent?.declined.has(name) === true),
    );
    const decision = decide(this.#situation(request, await this.#grant()));
    if ((decision.next === 'approve') !== (isAnswered && left.length > 0))
      throw new Error(`${asked.join()}: ${decision.next}, with ${left.join()} left`);
    if (decision.next !== 'approve' || consent === null) return;
    if (decision.scopes.toSorted().join() !== left.toSorted().join())
      throw new Error(`answered with ${decision.scopes.join()}, not ${left.join()}`);
    const choice = { granted: decision.scopes, declined: [] };
    this.#noteCode(await this.#approve({ request, choice, isSilent: true }), left, consent);
  }

  /** `null` when nobody is there to be asked. */
  async #read(asked: readonly string[]): Promise<AuthorizationRequest | null> {
    const { storage, catalogues } = this.#modules.authorization.tokenEndpoint;
    const raw = {
      response_type: 'code',
      client_id: this.#app.app.id,
      redirect_uri: CALLBACK,
      scope: asked.join(' '),
    };
    const context = { clients: storage.clients, catalogues };
    const read = await readAuthorizationRequest(context, raw);
    const mayAsk = asked.every((name) => this.#ceiling.includes(name)) && !this.#isDisabled;
    if ((read.outcome === 'ready') !== mayAsk) throw new Error(`${asked.join()} ${read.outcome}`);
    const isThere = !this.#isSuspended && this.#role !== null;
    return read.outcome === 'ready' && isThere ? read.request : null;
  }

  #situation(request: AuthorizationRequest, consent: Grant | null) {
    const session = { userId: this.#user.id, authenticatedAt: this.#now, isEmailVerified: true };
    return {
      request,
      session,
      consent,
      held: this.#held,
      now: this.#now,
      isReauthenticated: false,
    };
  }

  async #approve(
    given: Readonly<{ request: AuthorizationRequest; choice: Choice; isSilent: boolean }>,
  ): Promise<string> {
    const { accountId } = this.#user;
    const { answers } = this.#modules.authorization;
    const approved = await answers.approve({ ...given, accountId }, { user: this.#user, origin });
    if (approved?.outcome !== 'approved') throw new Error('nothing could be given');
    return approved.code;
  }

  #noteCode(value: string, granted: readonly string[], consent: Consented): void {
    const made = { value, scopes: new Set(granted), consent, mintedAt: this.#now };
    this.codes.push({ ...made, family: null, isForgotten: false });
  }

  #grant(): Promise<Grant | null> {
    const { id: userId, accountId } = this.#user;
    return this.#modules.storage.grants.find({ userId, clientId: this.#app.app.id, accountId });
  }

  async exchange(which: number): Promise<void> {
    const code = this.codes[which % this.codes.length];
    if (code === undefined) return;
    const body = { grant_type: 'authorization_code', code: code.value, redirect_uri: CALLBACK };
    const outcome = await this.#ask(body);
    const isSpent = code.family !== null || code.consent.isOver;
    const isLate = this.#now - code.mintedAt >= CODE_SECONDS;
    const isGiving = [...code.scopes].some((name) => this.#held.has(name));
    this.#compare(outcome, this.#isOpen() && !isSpent && !isLate && isGiving);
    if (code.family !== null && !this.#isDisabled && !code.isForgotten) code.family.isOver = true;
    if (!isIssued(outcome)) return;
    const family: Family = {
      consent: code.consent,
      scopes: new Set(code.scopes),
      refreshTokens: outcome.refreshToken === null ? [] : [outcome.refreshToken],
      generation: 1,
      rotatedAt: this.#now,
      isRetriable: false,
      isOver: false,
    };
    code.family = family;
    this.families.push(family);
    this.#note(outcome, family, [...code.scopes]);
  }

  /** `back`: how many refresh tokens before the newest is presented. */
  async refresh(which: number, back: number, asked: readonly string[]): Promise<void> {
    const family = this.families[which % this.families.length];
    const token = family?.refreshTokens.at(-1 - back);
    if (family === undefined || token === undefined) return;
    const scope = asked.length === 0 ? {} : { scope: asked.join(' ') };
    const outcome = await this.#ask(refreshBody(token, scope));
    const { consent, scopes } = family;
    const isLive = this.#isOpen() && !consent.isOver && !family.isOver;
    const isKnown = isLive && scopes.has('offline');
    const given = SCOPES.filter(
      (name) => scopes.has(name) && (asked.length === 0 || asked.includes(name)),
    );
    const isWide =
      asked.some((name) => !scopes.has(name) && !consent.declined.has(name)) ||
      !given.some((name) => this.#held.has(name));
    const isRetry =
      back === 1 && family.isRetriable && this.#now - family.rotatedAt <= RETRY_SECONDS;
    const isFresh = back === 0 && this.#now - family.rotatedAt < REFRESH_SECONDS;
    this.#compare(outcome, isKnown && !isWide && (isFresh || isRetry));
    if (isKnown && !isWide && back > 0 && !isRetry) family.isOver = true;
    if (!isIssued(outcome)) return;
    if (back === 1) return this.#compareRetry(outcome, family);
    family.generation += 1;
    family.rotatedAt = this.#now;
    family.isRetriable = true;
    family.refreshTokens.push(outcome.refreshToken ?? '');
    this.#note(outcome, family, given);
  }

  /** As a resource server does it. Whoever uses the newest access token has the answer that it came with. */
  async use(which: number, modules: Modules): Promise<void> {
    const access = this.accesses[which % this.accesses.length];
    if (access === undefined) return;
    await modules.checker.check(access.value, FIRST);
    await modules.authorization.tokenEndpoint.firstUses.settled();
    const isLive = this.expected(access) !== null;
    if (isLive && access.generation === access.family.generation) access.family.isRetriable = false;
  }

  async setRole(role: Role | null): Promise<void> {
    const { id: userId, accountId } = this.#user;
    await this.#modules.accounts.changeRole({ userId, accountId, role, origin, earlier: 'keep' });
    this.#role = role;
  }

  async setCeiling(scopes: readonly string[]): Promise<void> {
    const optionalScopes = OPTIONAL.filter((name) => scopes.includes(name));
    const form: AppForm = { ...FORM, scopes, optionalScopes };
    const asked = { id: this.#app.app.id, form };
    const changed = await this.#modules.authorization.apps.change(asked, this.#actor());
    if (changed.outcome !== 'changed') throw new Error(JSON.stringify(changed));
    const lost = this.#ceiling.filter((name) => !scopes.includes(name));
    this.#ceiling = scopes;
    if (this.#consent === null) return;
    this.#takeOut(this.#consent, lost);
    for (const name of lost) this.#consent.scopes.delete(name);
  }

  async setSuspended(isSuspended: boolean): Promise<void> {
    const { id: userId } = this.#user;
    await this.#modules.accounts.setSuspended({ userId, isSuspended, origin, earlier: 'keep' });
    this.#isSuspended = isSuspended;
  }

  async setDisabled(isDisabled: boolean): Promise<void> {
    const act = isDisabled ? 'disable' : 'enable';
    await this.#modules.authorization.apps.switch({ id: this.#app.app.id, act }, this.#actor());
    this.#isDisabled = isDisabled;
  }

  async disconnect(): Promise<void> {
    const { id: userId } = this.#user;
    const grant = await this.#grant();
    if ((grant !== null) !== (this.#consent !== null))
      throw new Error('the grant is not as agreed');
    if (grant === null || this.#consent === null) return;
    const ended = { grantId: grant.id, userId, appName: 'x', origin };
    await this.#modules.authorization.consent.disconnect(ended);
    this.#consent.isOver = true;
    this.#consent = null;
  }

  /** As its client does it (RFC 7009): a refresh token with all of its family, an access token alone. */
  async revoke(which: number): Promise<void> {
    const access = this.accesses[which % this.accesses.length];
    const client = (await this.#modules.storage.clients.byId(this.#app.app.id))?.client;
    if (access === undefined || client === undefined) return;
    const isFamily = which % 2 === 0 && access.family.refreshTokens.length > 0;
    const token = isFamily ? access.family.refreshTokens.at(-1) : access.value;
    const revocation = { client, token: token ?? '', now: this.#now };
    await revokeToken(this.#modules.authorization.tokenEndpoint, revocation);
    this.#modules.readers.dropEverything();
    if (isFamily) access.family.isOver = true;
    else {
      access.isOver = true;
      if (access.generation === access.family.generation) access.family.isRetriable = false;
    }
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
    return ask(this.#modules, this.#app, body);
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

  /** The answer must tell what the checker allows. */
  #note(outcome: Outcome, family: Family, given: readonly string[]): void {
    if (!isIssued(outcome)) return;
    const { accessToken: value, expiresInSeconds } = outcome;
    const told = given.filter((name) => this.#held.has(name));
    if (outcome.scopes.toSorted().join() !== told.toSorted().join())
      throw new Error(`told ${outcome.scopes.join()} of ${told.join()}`);
    const scopes = new Set(given);
    const expiresAt = this.#now + expiresInSeconds;
    const { generation } = family;
    this.accesses.push({ value, scopes, family, generation, expiresAt, isOver: false });
  }
}
