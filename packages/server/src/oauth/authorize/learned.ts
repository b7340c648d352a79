/**
 * What every app learns about whoever connects it: the fields of `GET /v2/me`, which needs no scope, in words of the page of
 * consent. A test compares both, so that no field is added to one alone.
 */
interface Learned {
  readonly words: string;
  readonly fields: readonly string[];
}

export const LEARNED: readonly Learned[] = [
  { words: 'name', fields: ['name'] },
  { words: 'e-mail address', fields: ['email'] },
  { words: 'profile (about you, location)', fields: ['bio', 'location'] },
  { words: 'user and account number', fields: ['id', 'account_id', 'roles'] },
  {
    words: 'when you joined and were last here',
    fields: ['inserted_at', 'first_login_at', 'last_seen', 'updated_at'],
  },
];
