import { OAuthError } from '../error.ts';
import type { AuthenticationMethod, Presented } from './method.ts';
import { presentSecret } from './secret.ts';

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/** RFC 6749 section 2.3.1: both halves are form-encoded before they are joined. */
export const clientSecretBasic: AuthenticationMethod = {
  name: 'client_secret_basic',
  parameters: [],
  read({ authorization }) {
    const value = authorization?.trim() ?? '';
    if (value === '') return null;
    const encoded = BASIC.exec(value)?.[1];
    const text = encoded === undefined ? null : decodeUtf8(encoded);
    const colon = text?.indexOf(':') ?? -1;
    if (text === null || colon === -1) throw new OAuthError('malformed_authentication');
    return presented(text.slice(0, colon), text.slice(colon + 1));
  },
};

function presented(encodedId: string, encodedSecret: string): Presented {
  const clientId = formDecode(encodedId);
  const secret = formDecode(encodedSecret);
  if (clientId === '') throw new OAuthError('malformed_authentication');
  // Libraries send public clients this way too; an empty secret proves nothing and is taken for none.
  return secret === '' ? { clientId, prove: null } : presentSecret(clientId, secret);
}

/** Keeps nothing from one call to the next; making one takes as long as the rest of the header. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(base64: string): string | null {
  try {
    return UTF8.decode(Buffer.from(base64, 'base64'));
  } catch {
    return null;
  }
}

/** What encoding leaves as it is, and so does decoding. */
const PLAIN = /^[\w.~-]*$/;

function formDecode(text: string): string {
  if (PLAIN.test(text)) return text;
  const decoded = decodeOrNull(text.replaceAll('+', ' '));
  // As in the body: NUL is no text, and not every database takes it.
  if (decoded === null || decoded.includes('\0')) throw new OAuthError('malformed_authentication');
  return decoded;
}

function decodeOrNull(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
