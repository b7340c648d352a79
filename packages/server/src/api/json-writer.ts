/** JSON that is written already, with the headers that a family of endpoints has in common. */
import type { FastifyReply } from 'fastify';
import { answerWhole, listOf, type HeaderList } from '../http/fast/whole-answer.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

interface WrittenJson {
  readonly status: number;
  readonly text: string;
  readonly headers?: HeaderList;
}

/** Ends the request. */
export function jsonWriter(
  always: Readonly<Record<string, string>>,
): (reply: FastifyReply, answer: WrittenJson) => void {
  const common = listOf({ ...always, 'content-type': JSON_TYPE });
  return (reply, { status, text, headers = [] }) =>
    answerWhole(reply, {
      status,
      headers: [...common, ...(reply.request.limitHeaders ?? []), ...headers],
      text,
    });
}
