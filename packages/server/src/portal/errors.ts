/** Tells failures as pages, in one place for the whole portal. */
import type { FastifyReply } from 'fastify';
import type { Failure, TellFailure } from '../http/failure.ts';
import type { Door } from './door.ts';
import { errorPage } from './errors/error-page.ts';
import type { Brand } from './portal-context.ts';

export type FailureTeller = TellFailure;

export const tellPageFailure =
  (brand: Brand, door: Pick<Door, 'answer' | 'signedIn'>): TellFailure =>
  (failure, request, reply): FastifyReply => {
    const signedIn = door.signedIn(request);
    const html = errorPage({
      status: failure.statusCode,
      message: failure.message,
      requestId: request.id,
      brand,
      user: signedIn?.user ?? null,
      csrf: signedIn?.csrf ?? null,
    });
    return door.answer(reply, { kind: 'page', html, ...answerOf(failure) });
  };

const answerOf = ({ statusCode, retryAfterSeconds }: Failure) => ({
  status: statusCode,
  ...(retryAfterSeconds !== null && { retryAfterSeconds }),
});
