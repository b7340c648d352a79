/** The headings of the document, in its order. */
export const TAGS = {
  Tokens: 'Developer tokens: make, look at, narrow, rotate, disable and revoke them.',
  Apps: 'OAuth apps and their client secrets.',
  Grants: 'What the user allowed apps.',
  Users: 'The user of the calling token.',
  Accounts: 'The account of the calling token.',
  Teams: 'The teams of the account and their members.',
  'Audit log': 'What happened, newest first.',
  Service: 'The service itself. Anybody may ask.',
} as const;

export type Tag = keyof typeof TAGS;
