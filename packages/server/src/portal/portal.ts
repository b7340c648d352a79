/**
 * The portal: pages for people. Owns every screen, the stylesheet and the scripts; depends on the services for whatever
 * happens. Never answers a program, and never imports the API.
 */
import type { FailureTeller } from './errors.ts';
import { tellPageFailure } from './errors.ts';
import { accountRoutes } from './account/account.ts';
import { adminRoutes } from './admin/admin.ts';
import { appRoutes } from './apps/apps.ts';
import { assetRoutes } from './assets.ts';
import { authorizeRoutes } from './authorize/authorize.ts';
import { createConfirm } from './confirm/confirm.ts';
import { connectionRoutes } from './connections/connections.ts';
import { createDoor, type Door } from './door.ts';
import { deletionRoutes } from './deletion/deletion.ts';
import type { Route } from '../http/route.ts';
import { mailboxRoutes } from './mailbox/mailbox.ts';
import type { PortalContext, PortalRoute } from './portal-context.ts';
import { recoveryRoutes } from './recovery/recovery.ts';
import { signInRoutes } from './sign-in/sign-in.ts';
import { signUpRoutes } from './sign-up/sign-up.ts';
import { tokenRoutes } from './tokens/tokens.ts';
import { welcomeRoutes } from './welcome/welcome.ts';

export interface Portal {
  readonly routes: readonly Route[];
  readonly guard: Door['guard'];
  readonly tellFailure: FailureTeller;
}

export function createPortal(given: PortalContext): Portal {
  const confirm = createConfirm(given, () => screens);
  const context = { ...given, afterSignIn: confirm.afterSignIn };
  const screens: readonly PortalRoute[] = [
    ...welcomeRoutes(context),
    ...authorizeRoutes(context),
    ...connectionRoutes(context),
    ...signUpRoutes(context),
    ...signInRoutes(context),
    ...recoveryRoutes(context),
    ...accountRoutes(context),
    ...deletionRoutes(context),
    ...tokenRoutes(context),
    ...appRoutes(context),
    ...adminRoutes(context),
    ...mailboxRoutes(context),
  ];
  const door = createDoor({ ...context, confirm });
  const routes = [...screens, ...confirm.routes].map(door.toRoute);
  return {
    routes: [...assetRoutes(context.brand.accent), ...routes],
    guard: door.guard,
    tellFailure: tellPageFailure(context.brand, door),
  };
}
