/** The operator's pages: people, apps, tokens that were found in public and the mail that did not arrive. */
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { operatorGet, operatorPost } from '../session-routes.ts';
import { ALWAYS, never } from '../step-up.ts';
import { redirect } from '../visit.ts';
import { changeIntrospection, listAllApps } from './apps.ts';
import { askForFound, exposeToken, lookUpFound, showFound } from './found.ts';
import { listTroubles, retryMail } from './mail.ts';
import { listPeople } from './people.ts';
import {
  changeOperator,
  changeRole,
  changeSuspension,
  exportPerson,
  showPerson,
} from './person.ts';
import { askToTransfer, transferApp } from './transfer.ts';

export const adminRoutes = (context: PortalContext): readonly PortalRoute[] => [
  operatorGet('/admin', () => redirect('/admin/people')),
  operatorGet('/admin/people', listPeople(context)),
  operatorGet('/admin/people/:id', showPerson(context)),
  operatorPost(
    '/admin/people/:id/role',
    { act: 'Change the role of a person', stepUp: ALWAYS },
    changeRole(context),
  ),
  operatorPost(
    '/admin/people/:id/suspend',
    { act: 'Suspend a person', stepUp: ALWAYS },
    changeSuspension(context, true),
  ),
  operatorPost(
    '/admin/people/:id/resume',
    { act: 'Lift the suspension of a person', stepUp: ALWAYS },
    changeSuspension(context, false),
  ),
  operatorPost(
    '/admin/people/:id/operator',
    { act: 'Change who is an operator', stepUp: ALWAYS },
    changeOperator(context),
  ),
  operatorPost(
    '/admin/people/:id/export',
    { act: 'Download the data of a person', stepUp: ALWAYS },
    exportPerson(context),
  ),
  operatorGet('/admin/apps', listAllApps(context)),
  operatorPost(
    '/admin/apps/:id/introspection',
    { act: 'Change whether an app may ask about every token', stepUp: ALWAYS },
    changeIntrospection(context),
  ),
  operatorGet('/admin/apps/:id/transfer', askToTransfer(context)),
  operatorPost(
    '/admin/apps/:id/transfer',
    { act: 'Give an app to another owner', stepUp: ALWAYS },
    transferApp(context),
  ),
  operatorGet('/admin/tokens', askForFound(context)),
  operatorPost(
    '/admin/tokens',
    { act: 'Look up a token that was found', stepUp: never('it only looks') },
    lookUpFound(context),
  ),
  operatorGet('/admin/tokens/:id', showFound(context)),
  operatorPost(
    '/admin/tokens/:id/expose',
    { act: 'End a token that was found in public', stepUp: ALWAYS },
    exposeToken(context),
  ),
  operatorGet('/admin/mail', listTroubles(context)),
  operatorPost(
    '/admin/mail/:id/retry',
    { act: 'Send a message again', stepUp: never('the message was to be sent anyway') },
    retryMail(context),
  ),
];
