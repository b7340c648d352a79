/**
 * The authorization endpoint for people (RFC 6749 section 3.1): reads the request, lets the core decide, and shows or sends
 * what was decided. Never grants on a GET what was not granted before, and never takes a form that it did not draw for this
 * very session, request and everything that it showed. Its form is open to whoever has no session any more: the ticket
 * guards it, and the request goes on after another sign-in.
 */
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import type { Controller } from '../visit.ts';
import { answerByForm } from './answer.ts';
import { readQuestion } from './question.ts';
import { settle } from './settle.ts';
import { PATH } from './sign-in-again.ts';
import { createVisitLimit } from './visit-limit.ts';

const authorize =
  (context: PortalContext): Controller =>
  async (visit) => {
    const question = await readQuestion(context, visit, { sent: visit.search, accountId: null });
    return 'kind' in question ? question : settle(context, visit, { question });
  };

export function authorizeRoutes(context: PortalContext): readonly PortalRoute[] {
  const limit = createVisitLimit(context);
  const limited =
    (controller: Controller): Controller =>
    (visit) => {
      limit(visit);
      return controller(visit);
    };
  const access = { kind: 'public' } as const;
  return [
    {
      method: 'GET',
      path: PATH,
      access,
      isEntrance: true,
      controller: limited(authorize(context)),
    },
    { method: 'POST', path: PATH, access, controller: limited(answerByForm(context)) },
  ];
}
