/** Bodies of the API are JSON, those of the OAuth endpoints forms. Anything else is refused before something is read into it. */
import type { onRequestHookHandler } from 'fastify';
import { OAuthError } from '../oauth/error.ts';
import { refuse } from './refusal.ts';

export const SEND_JSON = 'Send JSON with the header Content-Type: application/json';

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;
const FORM_TYPE = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i;

/** A form would be read as one, with names that nobody sent. */
export const takesJson: onRequestHookHandler = ({ headers }, _reply, done) => {
  const { 'content-type': type = '', 'content-length': length = '0' } = headers;
  const isEmpty = length === '0' && headers['transfer-encoding'] === undefined;
  if (isEmpty || JSON_TYPE.test(type)) done();
  else done(refuse('unsupported_media_type', `${faultOf(type)} ${SEND_JSON}`));
};

/** RFC 6749 section 3.2. */
export const takesForms: onRequestHookHandler = ({ headers }, _reply, done) => {
  const { 'content-type': type } = headers;
  if (type === undefined || FORM_TYPE.test(type)) done();
  else done(new OAuthError('wrong_content_type'));
};

function faultOf(type: string): string {
  if (type === '') return 'The body has no Content-Type.';
  return FORM_TYPE.test(type)
    ? 'The Content-Type says that the body is a form, as curl -d does by itself.'
    : 'The Content-Type does not say that the body is JSON.';
}
