/**
 * Repeats of a refresh are answered, also from another network or program: phones change networks in between, and workers
 * behind a load balancer share a token. They are counted, and those from elsewhere are told to the user and on the app's page.
 */
import { OAuthError } from '../error.ts';
import { differenceOf, marksOf } from '../tokens/caller-marks.ts';
import type { GrantRequest, Repetition, TokenEndpoint } from './grant-type.ts';

/** Workers of one client that refresh at the same moment. */
const MOST_REPEATS = 100;
/** Each is an event. */
const MOST_ELSEWHERE = 10;

/** `false` when the family changed since it was read. Too many are refused, and end nothing: the first may go on. */
export async function countRepeat(
  { storage }: TokenEndpoint,
  { client, caller }: GrantRequest,
  { family, salt, key, presented }: Repetition,
): Promise<boolean> {
  const { rotation, generation } = family;
  // A version that counts nothing made it: it has to be read by one until its time is over.
  if (rotation === null) return true;
  const differs = differenceOf(rotation.marks, marksOf(key, caller, salt));
  const isElsewhere = differs !== null;
  const isOften =
    rotation.repeats >= MOST_REPEATS ||
    (isElsewhere && rotation.repeatsElsewhere >= MOST_ELSEWHERE);
  if (isOften)
    throw new OAuthError('refresh_repeated_often', { client: client.id, family: family.id });
  const limits = { mostRepeats: MOST_REPEATS, mostElsewhere: MOST_ELSEWHERE };
  const repeat = { generation, presented, isElsewhere, ...limits };
  if (differs === null) return storage.families.countRepeat(family.id, repeat);
  return storage.transaction(async ({ families, incidents }) => {
    const isCounted = await families.countRepeat(family.id, repeat);
    if (isCounted)
      await incidents.record({ kind: 'refresh_repeated', caller, client, family, differs });
    return isCounted;
  });
}
