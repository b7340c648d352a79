/** What the core decides of a request that is in order, over everything that can be so of session, consent, role and app. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decide,
  type Decision,
  type EarlierConsent,
  type Situation,
} from '../../src/oauth/authorize/decide.ts';
import type { Prompt } from '../../src/oauth/authorize/request.ts';
import { NO_CHANGES } from '../../src/oauth/clients/scope-history.ts';
import type { Client } from '../../src/oauth/vocabulary.ts';
import { ONLY_FIRST } from '../support/first-resource.ts';

const NOW = 1_790_000_000;

interface Given {
  readonly scopes?: readonly string[];
  readonly optional?: readonly string[];
  readonly consent?: EarlierConsent | null;
  readonly held?: readonly string[];
  readonly prompts?: readonly Prompt[];
  readonly type?: 'web' | 'public';
  readonly redirectUri?: string;
}

const allowed = (scopes: readonly string[], declinedScopes: readonly string[] = []) => ({
  scopes,
  declinedScopes,
  resources: ONLY_FIRST,
});

const clientOf = (
  type: 'web' | 'public',
  given: Pick<Client, 'scopes' | 'optionalScopes' | 'redirectUris'>,
): Client => ({
  id: 'app',
  type,
  grantTypes: ['authorization_code', 'refresh_token'],
  authenticationMethods: type === 'public' ? ['none'] : ['client_secret_basic'],
  jwks: null,
  name: 'An app',
  ownerId: 'developer',
  accountId: 'account',
  ...given,
  scopeHistory: NO_CHANGES,
  allowsMissingPkce: false,
  accessSeconds: null,
  refreshSeconds: null,
  isRefreshStrict: false,
  mayIntrospect: false,
  resourceId: null,
  isActive: true,
  ownerRole: 'owner',
});

function situationOf({
  scopes = ['a', 'b'],
  optional = [],
  consent = null,
  held = ['a', 'b'],
  prompts = [],
  type = 'web',
  redirectUri = 'https://app.example.com/callback',
}: Given): Situation {
  const client = clientOf(type, { scopes, optionalScopes: optional, redirectUris: [redirectUri] });
  return {
    request: {
      client,
      redirectUri,
      isRedirectUriSent: true,
      state: null,
      responseMode: 'query',
      scopes,
      resources: ONLY_FIRST,
      codeChallenge: null,
      prompts: new Set(prompts),
      maxAge: null,
      loginHint: null,
    },
    session: { userId: 'ada', authenticatedAt: NOW, isEmailVerified: true },
    consent,
    held: new Set(held),
    now: NOW,
    isReauthenticated: false,
  };
}

const say = (decision: Decision): string =>
  decision.next === 'approve'
    ? `approve ${decision.scopes.join(' ')}`
    : decision.next === 'refuse'
      ? `refuse ${decision.error.reason}`
      : decision.next;

const CASES: readonly (readonly [what: string, given: Given, expected: string])[] = [
  ['never asked before', {}, 'ask'],
  ['all of it was allowed', { consent: allowed(['a', 'b']) }, 'approve a b'],
  [
    'more was allowed than is asked for',
    { scopes: ['a'], consent: allowed(['a', 'b']) },
    'approve a',
  ],
  ['one more is asked for', { consent: allowed(['a']) }, 'ask'],
  [
    'an optional one was left out',
    { optional: ['b'], consent: allowed(['a'], ['b']) },
    'approve a',
  ],
  ['the optional one was never offered', { optional: ['b'], consent: allowed(['a']) }, 'ask'],
  ['what was left out as optional is required now', { consent: allowed(['a'], ['b']) }, 'ask'],
  ['all was left out', { optional: ['a', 'b'], consent: allowed([], ['a', 'b']) }, 'ask'],
  [
    'the role holds a part of what was allowed',
    { held: ['a'], consent: allowed(['a', 'b']) },
    'approve a',
  ],
  [
    'the role holds nothing of it',
    { held: [], consent: allowed(['a', 'b']) },
    'refuse scope_beyond_user',
  ],
  ['the person is to be asked', { prompts: ['consent'], consent: allowed(['a', 'b']) }, 'ask'],
  [
    'the user is to be chosen',
    { prompts: ['select_account'], consent: allowed(['a', 'b']) },
    'ask',
  ],
  ['nobody is to be asked', { prompts: ['none'] }, 'refuse consent_needed'],
  ['a sign-in is asked for', { prompts: ['login'], consent: allowed(['a', 'b']) }, 'sign-in'],
  ['a public app on the web', { type: 'public', consent: allowed(['a', 'b']) }, 'approve a b'],
  ...['http://127.0.0.1:4000/', 'http://localhost/', 'com.example.app:/callback'].flatMap(
    (redirectUri) =>
      [
        [
          `a public app at ${redirectUri}`,
          { type: 'public', redirectUri, consent: allowed(['a', 'b']) },
          'ask',
        ],
        [
          `a public app at ${redirectUri}, in silence`,
          { type: 'public', redirectUri, prompts: ['none'], consent: allowed(['a', 'b']) },
          'refuse consent_needed',
        ],
      ] as const,
  ),
];

for (const [what, given, expected] of CASES) {
  test(`${what}: ${expected}`, () => {
    assert.equal(say(decide(situationOf(given))), expected);
  });
}
