/**
 * The token screens: list, new, created, one token and what can be done to it. Depends on the developer-tokens room for
 * every rule and on `ui` for every look. Never keeps a credential: the page that shows it is made and forgotten.
 */
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { get, post } from '../session-routes.ts';
import { redirect } from '../visit.ts';
import { narrowToken, renameToken, showNarrowing, switchToken } from './change.ts';
import { listTokens, revokeTokens } from './list.ts';
import { createToken, showNewToken } from './new.ts';
import { askToRevoke } from './revoke.ts';
import { askToRotate, rotateToken } from './rotate.ts';
import { showToken } from './token.ts';
import { tryToken } from './try.ts';

export function tokenRoutes(context: PortalContext): PortalRoute[] {
  return [
    get('/tokens', listTokens(context)),
    // Where Frame.io's portal had it; old links and habits lead here.
    get('/app/tokens', () => redirect('/tokens')),
    get('/tokens/new', showNewToken(context)),
    post('/tokens', createToken(context)),
    post('/tokens/try', tryToken(context)),
    post('/tokens/revoke', revokeTokens(context)),
    get('/tokens/:id', showToken(context)),
    post('/tokens/:id/description', renameToken(context)),
    get('/tokens/:id/scopes', showNarrowing(context)),
    post('/tokens/:id/scopes', narrowToken(context)),
    post('/tokens/:id/disable', switchToken(context, 'disable')),
    post('/tokens/:id/enable', switchToken(context, 'enable')),
    get('/tokens/:id/rotate', askToRotate(context)),
    post('/tokens/:id/rotate', rotateToken(context)),
    get('/tokens/:id/revoke', askToRevoke(context)),
    post('/tokens/:id/revoke', switchToken(context, 'revoke')),
  ];
}
