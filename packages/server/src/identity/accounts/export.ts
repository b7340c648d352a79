/** Everything that is held about a person as one JSON text, in pieces, however much it is. Never holds a secret. */
import { accountInKeys } from '../authentication/attempts.ts';
import { userEvent, type AccountContext } from '../context.ts';
import type { Origin } from '../../audit/event.ts';
import type { PersonalSubject } from './personal-data.ts';
import type { User } from '../types.ts';

/** What readers of the file check first. A change that could break one gets the next number. */
export const EXPORT_FORMAT = 'gatehouse-person';
export const EXPORT_VERSION = 1;

const LEFT_OUT =
  'Passwords, tokens, secrets and links are kept only as hashes, which are left out. Rows of other people are theirs.';

export const subjectOf = ({ id, email }: Pick<User, 'id' | 'email'>): PersonalSubject => ({
  id,
  email,
  inAttemptKeys: [id, email].map(accountInKeys),
});

/** Writes to the log that it was asked for, before the first piece is made. */
export async function exportPerson(
  context: AccountContext,
  { user, origin }: { user: User; origin: Origin },
): Promise<AsyncGenerator<string>> {
  const at = context.clock();
  await context.storage.events.append(userEvent(user, { type: 'user_exported', origin, at }));
  return write(context, user, at);
}

async function* write(context: AccountContext, user: User, at: number): AsyncGenerator<string> {
  const head = {
    format: EXPORT_FORMAT,
    version: EXPORT_VERSION,
    exported_at: new Date(at * 1000).toISOString(),
    left_out: LEFT_OUT,
  };
  yield JSON.stringify(head, null, 2).slice(0, -'\n}'.length);
  let current: string | null = null;
  let isEmpty = true;
  for await (const { section, rows } of context.storage.personalData.read(subjectOf(user))) {
    let text = '';
    if (section !== current) {
      text += `${current === null ? '' : isEmpty ? ']' : '\n  ]'},\n  ${JSON.stringify(section)}: [`;
      current = section;
      isEmpty = true;
    }
    for (const row of rows) {
      text += `${isEmpty ? '' : ','}\n    ${JSON.stringify(row)}`;
      isEmpty = false;
    }
    yield text;
  }
  yield `${current === null ? '' : isEmpty ? ']' : '\n  ]'}\n}\n`;
}
