/** One notice of every kind, and what the application gives the mail module to render them with. */
import { renderNotice, type MailContext, type RenderedNotice } from '../../src/mail/messages.ts';
import type { Notice } from '../../src/mail/ports.ts';

export const AT = Date.UTC(2026, 10, 24, 3, 7) / 1000;
export const PROOF_SECRET = 'proof-secret-known-to-the-link-alone';

export const context: MailContext = {
  brandName: 'Frame & Forge',
  baseUrl: 'https://developer.example.com',
  accent: '#4f46e5',
  scopeDescription: (name) => `may use ${name}`,
  proofLink: (purpose, id) =>
    `https://developer.example.com/${purpose}?proof=${id}.${PROOF_SECRET}`,
};

export const render = (notice: Notice): RenderedNotice => renderNotice(notice, context);

export const isLive = async (): Promise<boolean> => true;

const person = { to: 'ada@example.com', name: 'Ada Lovelace' };
const token = { ...person, tokenId: 'Ab3dEfGh1jKl', description: 'Nightly export' };

/** All but what stands for a message that cannot be read. */
type Kind = Exclude<Notice['kind'], 'unreadable'>;

type Samples = { readonly [Key in Kind]: Extract<Notice, { kind: Key }> };

export const samples: Samples = {
  'verify-email': { kind: 'verify-email', ...person, proofId: 'proof-1' },
  'address-in-use': { kind: 'address-in-use', ...person },
  'reset-password': { kind: 'reset-password', ...person, proofId: 'proof-2' },
  'no-such-account': { kind: 'no-such-account', to: person.to },
  'confirm-identity': { kind: 'confirm-identity', ...person, proofId: 'proof-3' },
  'deletion-requested': {
    kind: 'deletion-requested',
    ...person,
    dueAt: AT + 14 * 86_400,
    proofId: 'proof-4',
  },
  'deletion-cancelled': { kind: 'deletion-cancelled', ...person },
  'deletion-done': { kind: 'deletion-done', to: person.to },
  'account-handed-over': { kind: 'account-handed-over', ...person, accountId: 'account-1' },
  'change-email': { kind: 'change-email', to: 'ada@new.example', proofId: 'proof-4' },
  'address-wanted': { kind: 'address-wanted', to: person.to },
  'sign-up-again': { kind: 'sign-up-again', to: person.to },
  'email-changed': {
    kind: 'email-changed',
    ...person,
    proofId: 'proof-5',
    at: AT,
    address: '192.0.2.7',
  },
  'email-change-undone': { kind: 'email-change-undone', ...person, at: AT, address: '192.0.2.7' },
  'password-changed': { kind: 'password-changed', ...person, at: AT, address: '192.0.2.7' },
  'new-sign-in': {
    kind: 'new-sign-in',
    ...person,
    at: AT,
    address: '192.0.2.7',
    agent: 'Firefox/145.0',
  },
  'access-returned': {
    kind: 'access-returned',
    ...person,
    cause: 'suspension',
    earlier: 'end',
    tokens: 4,
    services: 1,
    grants: 2,
    at: AT,
  },
  'app-transferred': {
    kind: 'app-transferred',
    ...person,
    appId: '3f0c0f3e-7b0c-4d54-9f0e-1f2a3b4c5d6e',
    appName: 'Cutting Room',
    isNewOwner: true,
    other: 'grace@example.com',
    secretsEndAt: AT,
    at: AT,
  },
  'app-offered': { kind: 'app-offered', to: person.to, expiresAt: AT + 7 * 86_400 },
  'app-offer-made': {
    kind: 'app-offer-made',
    ...person,
    appId: '3f0c0f3e-7b0c-4d54-9f0e-1f2a3b4c5d6e',
    appName: 'Cutting Room',
    other: 'grace@example.com',
    expiresAt: AT + 7 * 86_400,
    at: AT,
    address: '192.0.2.7',
  },
  'app-offer-declined': {
    kind: 'app-offer-declined',
    ...person,
    appId: '3f0c0f3e-7b0c-4d54-9f0e-1f2a3b4c5d6e',
    appName: 'Cutting Room',
    at: AT,
  },
  'app-authorised': {
    kind: 'app-authorised',
    ...person,
    appName: 'Cutting Room',
    place: 'app.example.com',
    scopes: ['asset.read', 'offline'],
    isExtension: false,
    isPersistent: true,
    at: AT,
    address: '192.0.2.7',
  },
  'token-created': {
    kind: 'token-created',
    ...token,
    scopes: ['asset.create', 'team.read'],
    expiresAt: AT + 90 * 86_400,
    at: AT,
    address: '2001:db8::7',
  },
  'token-expires': { kind: 'token-expires', ...token, expiresAt: AT + 7 * 86_400, days: 7 },
  'token-revoked': { kind: 'token-revoked', ...token, by: 'Grace Hopper', madeByIt: 2, at: AT },
  'token-exposed': { kind: 'token-exposed', ...token, by: 'Grace Hopper', madeByIt: 2, at: AT },
};

/** What each message must say, in text and in HTML. */
export const factsOf: { readonly [Key in Kind]: readonly string[] } = {
  'verify-email': [
    'Hello,',
    `https://developer.example.com/verify-email?proof=proof-1.${PROOF_SECRET}`,
    '24 hours',
  ],
  'address-in-use': ['already have an account', 'https://developer.example.com/sign-in'],
  'reset-password': [
    `https://developer.example.com/reset-password?proof=proof-2.${PROOF_SECRET}`,
    'one hour',
    'your password stays as it is',
  ],
  'no-such-account': ['Hello,', 'no account has this address'],
  'confirm-identity': [
    'Hello,',
    `https://developer.example.com/step-up?proof=proof-3.${PROOF_SECRET}`,
    '15 minutes',
    'in that browser alone',
  ],
  'deletion-requested': [
    '8 December 2026, 03:07 UTC',
    `https://developer.example.com/cancel-deletion?proof=proof-4.${PROOF_SECRET}`,
    'without names and addresses',
  ],
  'deletion-cancelled': ['Nothing was erased', 'https://developer.example.com/sign-in'],
  'deletion-done': ['Hello,', 'last message', 'sign up with this address again'],
  'account-handed-over': ['account-1', 'You are its owner now'],
  'change-email': [
    'Hello,',
    `https://developer.example.com/change-email?proof=proof-4.${PROOF_SECRET}`,
    '24 hours',
    'nothing is changed',
  ],
  'address-wanted': ['Hello,', 'Nothing was changed', 'https://developer.example.com/sign-in'],
  'sign-up-again': ['Hello,', 'no sign-up to finish', 'https://developer.example.com/sign-up'],
  'email-changed': [
    'Hello,',
    '24 November 2026, 03:07 UTC',
    '192.0.2.7',
    `https://developer.example.com/undo-email-change?proof=proof-5.${PROOF_SECRET}`,
    'within 7 days',
  ],
  'email-change-undone': ['24 November 2026, 03:07 UTC', '192.0.2.7', 'signed every browser out'],
  'password-changed': ['24 November 2026, 03:07 UTC', '192.0.2.7', 'If this was not you'],
  'new-sign-in': [
    '24 November 2026, 03:07 UTC',
    '192.0.2.7',
    'If this was not you',
    'https://developer.example.com/account',
  ],
  'access-returned': [
    'The suspension of your account was lifted',
    'ended for good',
    'Tokens',
    'https://developer.example.com/tokens',
    'https://developer.example.com/connections',
  ],
  'app-transferred': [
    'Cutting Room',
    'grace@example.com',
    'What people allowed it stays',
    'https://developer.example.com/apps/3f0c0f3e-7b0c-4d54-9f0e-1f2a3b4c5d6e',
  ],
  'app-offered': [
    'Hello,',
    'Nothing changes until you accept',
    '1 December 2026, 03:07 UTC',
    'https://developer.example.com/apps/offers',
  ],
  'app-offer-made': [
    'Cutting Room',
    'grace@example.com',
    '1 December 2026, 03:07 UTC',
    '192.0.2.7',
    'withdraw the offer',
    'https://developer.example.com/apps/3f0c0f3e-7b0c-4d54-9f0e-1f2a3b4c5d6e',
  ],
  'app-offer-declined': [
    'Cutting Room',
    'stays yours',
    'https://developer.example.com/apps/3f0c0f3e-7b0c-4d54-9f0e-1f2a3b4c5d6e',
  ],
  'app-authorised': [
    'Cutting Room',
    'app.example.com',
    'asset.read — may use asset.read',
    'until you disconnect it',
    '24 November 2026, 03:07 UTC',
    '192.0.2.7',
    'https://developer.example.com/connections',
  ],
  'token-created': [
    'Nightly export',
    'asset.create — may use asset.create',
    'team.read — may use team.read',
    '24 November 2026, 03:07 UTC',
    '22 February 2027, 03:07 UTC',
    '2001:db8::7',
    'If this was not you',
    'https://developer.example.com/tokens/Ab3dEfGh1jKl',
    'https://developer.example.com/account',
  ],
  'token-expires': [
    'Nightly export',
    '1 December 2026, 03:07 UTC',
    'within 7 days',
    'https://developer.example.com/tokens/Ab3dEfGh1jKl',
  ],
  'token-revoked': [
    'Nightly export',
    'Grace Hopper',
    '2 tokens that it had made',
    '24 November 2026, 03:07 UTC',
    'https://developer.example.com/tokens/Ab3dEfGh1jKl',
  ],
  'token-exposed': [
    'Nightly export',
    'Grace Hopper',
    'found in public',
    '2 tokens that it had made',
    '24 November 2026, 03:07 UTC',
    'https://developer.example.com/tokens/Ab3dEfGh1jKl',
  ],
};
