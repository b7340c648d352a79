import type { AuthenticationMethod } from './method.ts';

/** RFC 6749 section 3.2.1: a public client names itself and proves nothing. */
export const none: AuthenticationMethod = {
  name: 'none',
  parameters: [],
  read({ parameters }) {
    const clientId = parameters.get('client_id');
    return clientId === null ? null : { clientId, prove: null };
  },
};
