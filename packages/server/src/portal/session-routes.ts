/** Routes of pages that are there for whoever is signed in. */
import type { PortalRoute } from './portal-context.ts';
import type { SignedInController } from './visit.ts';

const access = { kind: 'session' } as const;

export const get = (path: string, controller: SignedInController): PortalRoute => ({
  method: 'GET',
  path,
  access,
  controller,
});

export const post = (path: string, controller: SignedInController): PortalRoute => ({
  method: 'POST',
  path,
  access,
  controller,
});
