import type { AuthenticationMethod } from './method.ts';
import { presentSecret } from './secret.ts';

/** RFC 6749 section 2.3.1: `client_id` and `client_secret` in the body. */
export const clientSecretPost: AuthenticationMethod = {
  name: 'client_secret_post',
  parameters: ['client_secret'],
  read({ parameters }) {
    const secret = parameters.get('client_secret');
    return secret === null ? null : presentSecret(parameters.require('client_id'), secret);
  },
};
