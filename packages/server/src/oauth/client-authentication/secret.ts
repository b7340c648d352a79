/** A client secret (RFC 6749 section 2.3.1), however it was sent. */
import { equalBytes, sha256 } from '../../kit/hash.ts';
import { OAuthError } from '../error.ts';
import { readShape } from '../tokens/format.ts';
import type { Presented } from './method.ts';

export const presentSecret = (clientId: string, secret: string): Presented => ({
  clientId,
  prove({ client, secrets }, { brand }) {
    const shape = readShape(brand, secret);
    const match = shape?.kind === 'cs' ? secrets.find(({ id }) => id === shape.id) : undefined;
    // Nothing but what was issued has the hash of what was issued: its checksum says no more.
    if (match === undefined || !equalBytes(match.hash, sha256(secret)))
      throw new OAuthError('wrong_secret', { client: client.id });
    return { secretId: match.id };
  },
});
