/** Error pages: what happened, in a sentence, and a way on. Failures of ours carry the request's id and nothing else. */
import type { FastifyReply } from 'fastify';
import type { Failure, TellFailure } from '../http/failure.ts';
import type { Door } from './door.ts';
import type { Brand } from './portal-context.ts';
import { html } from './ui/html.ts';
import { page } from './ui/layout.ts';
import { heading } from './ui/parts.ts';

export type FailureTeller = TellFailure;

const TITLES: Readonly<Record<number, string>> = {
  400: 'That did not make sense to us',
  403: 'Not allowed',
  404: 'There is nothing here',
  405: 'Not possible here',
  409: 'That is no longer possible',
  413: 'Too large',
  415: 'Not a form that we can read',
  429: 'Too many tries',
  503: 'Busy at the moment',
};

export const tellPageFailure =
  (brand: Brand, door: Pick<Door, 'answer' | 'signedIn'>): TellFailure =>
  (failure, request, reply): FastifyReply => {
    const signedIn = door.signedIn(request);
    const title = TITLES[failure.statusCode] ?? 'Something went wrong on our side';
    const body = html`${heading({ title })}
      <p>${failure.message}</p>
      ${
        failure.statusCode >= 500 &&
        html`<p>If it happens again, tell support this number: <code>${request.id}</code></p>`
      }
      <p><a href="/">Go to the start page</a></p>`;
    const user = signedIn?.user ?? null;
    const csrf = signedIn?.csrf ?? null;
    const shown = page({ title, brand, user, current: null, csrf, body });
    return door.answer(reply, { kind: 'page', html: shown, ...answerOf(failure) });
  };

const answerOf = ({ statusCode, retryAfterSeconds }: Failure) => ({
  status: statusCode,
  ...(retryAfterSeconds !== null && { retryAfterSeconds }),
});
