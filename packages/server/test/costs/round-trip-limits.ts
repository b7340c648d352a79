/** How many round trips to PostgreSQL a route may take, and which need more. */

export const MOST = { page: 4, act: 10 } as const;

interface Exception {
  readonly most: number;
  readonly because: string;
  readonly routes: readonly string[];
}

const EXCEPTIONS: readonly Exception[] = [
  {
    most: 6,
    because:
      'who asks, what it is about, what belongs to that, and its rows are read one after the other',
    routes: [
      'GET /v2/apps',
      'GET /connections/:id',
      'GET /tokens/:id',
      'GET /admin/people/:id',
      'GET /admin/apps',
      'GET /admin/tokens/:id',
    ],
  },
  {
    most: 6,
    because:
      'the client, the person, their accounts, what they allowed before, and what a page shows of it',
    routes: ['GET /oauth2/auth'],
  },
  {
    most: 8,
    because: 'who could take over is looked for account by account',
    routes: ['GET /account/delete', 'GET /admin/people/:id/delete'],
  },
  {
    most: 16,
    because:
      'one transaction: it begins, locks, reads, counts the act, writes, notes the event, appends what it changed of access and commits, each after the other',
    routes: [
      'DELETE /v2/apps/:id',
      'DELETE /v2/apps/:id/secrets/:secret_id',
      'DELETE /v2/grants/:id',
      'DELETE /v2/token',
      'DELETE /v2/tokens/:id',
      'PATCH /v2/apps/:id',
      'PATCH /v2/tokens/:id',
      'POST /account/access/end',
      'POST /account/email',
      'POST /account/password',
      'POST /admin/apps/:id/introspection',
      'POST /admin/people/:id/keep',
      'POST /admin/people/:id/operator',
      'POST /admin/people/:id/role',
      'POST /admin/people/:id/suspend',
      'POST /apps',
      'POST /apps/:id',
      'POST /apps/:id/delete',
      'POST /apps/:id/disable',
      'POST /apps/:id/enable',
      'POST /apps/:id/secrets',
      'POST /apps/:id/secrets/end',
      'POST /apps/:id/secrets/revoke',
      'POST /apps/offers/:id/decline',
      'POST /confirm/link',
      'POST /connections/:id/disconnect',
      'POST /forgot-password',
      'POST /keep-account',
      'POST /tokens',
      'POST /tokens/:id/description',
      'POST /tokens/:id/revoke',
      'POST /tokens/:id/scopes',
      'POST /tokens/revoke',
      'POST /v2/apps',
      'POST /v2/apps/:id/disable',
      'POST /v2/apps/:id/enable',
      'POST /v2/apps/:id/secrets',
      'POST /v2/tokens',
      'POST /verify-email/resend',
    ],
  },
  {
    most: 40,
    because:
      'several transactions: attempts and the sign-in before it are counted and committed by themselves',
    routes: [
      'POST /account/delete',
      'POST /account/export',
      'POST /admin/apps/:id/transfer',
      'POST /admin/people/:id/delete',
      'POST /admin/people/:id/export',
      'POST /admin/people/:id/resume',
      'POST /admin/tokens/:id/expose',
      'POST /apps/:id/offer',
      'POST /apps/offers/:id/accept',
      'POST /confirm',
      'POST /confirm-email',
      'POST /oauth2/auth',
      'POST /reset-password',
      'POST /sign-in',
      'POST /sign-up',
      'POST /sign-up/correct',
      'POST /tokens/:id/rotate',
      'POST /undo-email-change',
      'POST /v2/tokens/:id/rotate',
      'POST /verify-email',
    ],
  },
];

/** By the name of the route. */
export const MORE: Readonly<Record<string, Pick<Exception, 'most' | 'because'>>> =
  Object.fromEntries(
    EXCEPTIONS.flatMap(({ routes, ...rest }) => routes.map((name) => [name, rest] as const)),
  );
