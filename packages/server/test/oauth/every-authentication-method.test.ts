/**
 * What holds for every way in which a client authenticates, over HTTP: the right proof is taken, a wrong one and that of another
 * client are not, and neither is a second way in the same request. A new one comes in by its way.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import type { ClientType } from '../../src/oauth/vocabulary.ts';
import { approve, basicOf, newPkce, type Registered } from '../support/oauth.ts';
import { ENDS } from './ends.ts';
import { CALLBACK, openPlace, type Place } from './place.ts';

interface Proof {
  readonly authorization?: string;
  readonly body?: Readonly<Record<string, string>>;
}

interface Way {
  /** Of a client that uses it. */
  readonly type: ClientType;
  /** Of a client that may not. */
  readonly not: ClientType;
  readonly prove: (registered: Registered) => Proof;
  /** As somebody would who knows the client and not its secret; `null`: there is nothing to know. */
  readonly guess: ((registered: Registered) => Proof) | null;
  /** The same proof is taken once (RFC 7523 section 3, `jti`), and not as often as it is sent. */
  readonly isOnce: boolean;
}

const wrong = (registered: Registered): Registered => ({
  ...registered,
  secret: registered.secret.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
});

const basic = ({ app: { id }, secret }: Registered): Proof => ({
  authorization: basicOf({ id, secret }),
});
const post = ({ app: { id }, secret }: Registered): Proof => ({
  body: { client_id: id, client_secret: secret },
});

const WAYS: Readonly<Record<string, Way>> = {
  client_secret_basic: {
    type: 'web',
    not: 'public',
    prove: basic,
    guess: (registered) => basic(wrong(registered)),
    isOnce: false,
  },
  client_secret_post: {
    type: 'web',
    not: 'public',
    prove: post,
    guess: (registered) => post(wrong(registered)),
    isOnce: false,
  },
  none: {
    type: 'public',
    not: 'web',
    prove: ({ app: { id } }) => ({ body: { client_id: id } }),
    guess: null,
    isOnce: false,
  },
};

let place: Place;
let developer: User;
before(async () => {
  place = await openPlace();
  developer = await place.user();
});
after(() => place.stop());

const register = (type: ClientType): Promise<Registered> => place.register(developer, { type });

/** A code of the client, sent with a proof. */
async function send(
  registered: Registered,
  { authorization, body }: Proof,
): Promise<readonly [status: number, error: string | undefined]> {
  const { verifier, challenge } = newPkce();
  const asked = { user: await place.user(), app: registered.app };
  const code = await approve(place.modules, asked, { challenge });
  const grant = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
  const answer = await fetch(`${place.base}/oauth2/token`, {
    method: 'POST',
    headers: authorization === undefined ? {} : { authorization },
    body: new URLSearchParams({ ...grant, code_verifier: verifier, ...body }),
  });
  const { error } = (await answer.json()) as { error?: string };
  return [answer.status, error];
}

test('every method that the server names has its way here', async () => {
  const answer = await fetch(`${place.base}/.well-known/oauth-authorization-server`);
  const metadata = (await answer.json()) as {
    token_endpoint_auth_methods_supported: readonly string[];
  };
  const named = metadata.token_endpoint_auth_methods_supported;
  assert.deepEqual(Object.keys(WAYS).toSorted(), [...named].toSorted());
});

const TAKEN = [200, undefined] as const;
const REFUSED = [401, 'invalid_client'] as const;

for (const [name, way] of Object.entries(WAYS)) {
  test(`${name} proves its client`, async () => {
    const registered = await register(way.type);
    assert.deepEqual(await send(registered, way.prove(registered)), TAKEN);
  });

  test(`${name} is taken ${way.isOnce ? 'once' : 'as often as it is sent'}`, async () => {
    const registered = await register(way.type);
    const proof = way.prove(registered);
    const [first, second] = [await send(registered, proof), await send(registered, proof)];
    assert.deepEqual([first, second], [TAKEN, way.isOnce ? REFUSED : TAKEN]);
  });

  test(`${name} proves no client of another type`, async () => {
    const registered = await register(way.not);
    const { secret } = await register(way.type);
    assert.deepEqual(await send(registered, way.prove({ ...registered, secret })), REFUSED);
  });

  for (const act of ['disabling the app', 'deleting the app'] as const)
    test(`${name} proves nothing after ${act}`, async () => {
      const registered = await register(way.type);
      const proof = way.prove(registered);
      const user = developer;
      const code = await approve(place.modules, { user, app: registered.app });
      await ENDS[act](place, { user, registered, developer });
      const answer = await place.token(
        { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...proof.body },
        proof.authorization === undefined ? null : registered,
      );
      assert.deepEqual([answer.status, answer.json.error], REFUSED);
    });

  const { guess } = way;
  if (guess === null) continue;

  test(`${name} is refused with a wrong proof, and with that of another client`, async () => {
    const registered = await register(way.type);
    const other = await register(way.type);
    assert.deepEqual(await send(registered, guess(registered)), REFUSED);
    const [status, error] = await send(registered, way.prove(other));
    assert.deepEqual([status, error], [400, 'invalid_grant']);
  });

  test(`${name} is one way too many beside another`, async () => {
    const registered = await register(way.type);
    for (const [other, { type, guess: isProof, prove }] of Object.entries(WAYS)) {
      if (other === name || type !== way.type || isProof === null) continue;
      const [one, two] = [way.prove(registered), prove(registered)];
      const both = { ...one, ...two, body: { ...one.body, ...two.body } };
      assert.deepEqual(await send(registered, both), [400, 'invalid_request'], other);
    }
  });
}
