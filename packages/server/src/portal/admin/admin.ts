/** The operator's pages: people, apps and the mail that did not arrive. */
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { redirect } from '../visit.ts';
import { changeIntrospection, listAllApps } from './apps.ts';
import { listTroubles, retryMail } from './mail.ts';
import { listPeople } from './people.ts';
import { changeOperator, changeRole, changeSuspension, showPerson } from './person.ts';

const access = { kind: 'operator' } as const;

export const adminRoutes = (context: PortalContext): readonly PortalRoute[] => [
  { method: 'GET', path: '/admin', access, controller: () => redirect('/admin/people') },
  { method: 'GET', path: '/admin/people', access, controller: listPeople(context) },
  { method: 'GET', path: '/admin/people/:id', access, controller: showPerson(context) },
  { method: 'POST', path: '/admin/people/:id/role', access, controller: changeRole(context) },
  {
    method: 'POST',
    path: '/admin/people/:id/suspend',
    access,
    controller: changeSuspension(context, true),
  },
  {
    method: 'POST',
    path: '/admin/people/:id/resume',
    access,
    controller: changeSuspension(context, false),
  },
  {
    method: 'POST',
    path: '/admin/people/:id/operator',
    access,
    controller: changeOperator(context),
  },
  { method: 'GET', path: '/admin/apps', access, controller: listAllApps(context) },
  {
    method: 'POST',
    path: '/admin/apps/:id/introspection',
    access,
    controller: changeIntrospection(context),
  },
  { method: 'GET', path: '/admin/mail', access, controller: listTroubles(context) },
  { method: 'POST', path: '/admin/mail/:id/retry', access, controller: retryMail(context) },
];
