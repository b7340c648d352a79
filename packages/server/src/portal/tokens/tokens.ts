/**
 * The token screens: list, new, created, one token and what can be done to it. Depends on the developer-tokens module for
 * every rule and on `ui` for every look. Never keeps a credential: the page that shows it is made and forgotten.
 */
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { get, post } from '../session-routes.ts';
import { never } from '../step-up.ts';
import { redirect } from '../visit.ts';
import { narrowToken, renameToken, showNarrowing, switchToken } from './change.ts';
import { listTokens, revokeTokens } from './list.ts';
import { createToken, showNewToken } from './new.ts';
import { askToRevoke } from './revoke.ts';
import { askToRotate, rotateToken } from './rotate.ts';
import { newNever, rotatedNever } from './never-expires.ts';
import { showToken } from './token.ts';
import { tryToken } from './try.ts';

const narrows = never('it only takes access away, which must not wait');

export function tokenRoutes(context: PortalContext): PortalRoute[] {
  return [
    get('/tokens', listTokens(context)),
    // Where Frame.io's portal had it; old links and habits lead here.
    get('/app/tokens', () => redirect('/tokens')),
    get('/tokens/new', showNewToken(context)),
    post('/tokens', { act: 'Create a token', stepUp: newNever }, createToken(context)),
    post(
      '/tokens/try',
      { act: 'Test a token', stepUp: never('it changes nothing') },
      tryToken(context),
    ),
    post('/tokens/revoke', { act: 'Revoke tokens', stepUp: narrows }, revokeTokens(context)),
    get('/tokens/:id', showToken(context)),
    post(
      '/tokens/:id/description',
      { act: 'Rename a token', stepUp: never('it changes no access') },
      renameToken(context),
    ),
    get('/tokens/:id/scopes', showNarrowing(context)),
    post('/tokens/:id/scopes', { act: 'Narrow a token', stepUp: narrows }, narrowToken(context)),
    post(
      '/tokens/:id/disable',
      { act: 'Disable a token', stepUp: narrows },
      switchToken(context, 'disable'),
    ),
    post(
      '/tokens/:id/enable',
      {
        act: 'Enable a token',
        stepUp: never('the token is as it was, and its owner has it already'),
      },
      switchToken(context, 'enable'),
    ),
    get('/tokens/:id/rotate', askToRotate(context)),
    post(
      '/tokens/:id/rotate',
      { act: 'Rotate a token', stepUp: rotatedNever(context) },
      rotateToken(context),
    ),
    get('/tokens/:id/revoke', askToRevoke(context)),
    post(
      '/tokens/:id/revoke',
      { act: 'Revoke a token', stepUp: narrows },
      switchToken(context, 'revoke'),
    ),
  ];
}
