import { TEXT_FIELDS } from '../../oauth/clients/fields.ts';

/** What fields are called where more than one of them needs attention: as their labels begin, or shorter. */
const NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...Object.fromEntries(TEXT_FIELDS.map(({ wire, label }) => [wire, label])),
    access_minutes: 'Access token lives',
    account_id: 'Account',
    allows_missing_pkce: 'Legacy public client without PKCE',
    confirm_email: 'E-mail address',
    email: 'E-mail address',
    expires_in: 'Expires',
    expires_on: 'Expiry date',
    heir: 'Who takes over the account',
    redirect_uris: 'Redirect URIs',
    refresh_days: 'Refresh token lives',
    scope: 'Scopes',
  }),
);

/** `current_password`: Current password. */
export const nameOfField = (name: string): string =>
  NAMES.get(name) ?? name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
