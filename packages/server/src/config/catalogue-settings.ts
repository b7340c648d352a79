/** The scope catalogue, roles and presets in gatehouse.yaml: their shape, and an example for an API about media. */
import { Type, type Static, type TProperties } from 'typebox';
import { LONGEST_SCOPE } from '../catalogue/catalogue.ts';
import { CHOICE_NAME, FEW_WORDS, HEADING, SCOPE, SCOPE_PATTERN } from './texts.ts';

const section = <Keys extends TProperties>(description: string, keys: Keys) =>
  Type.Object(keys, { description, additionalProperties: false });

const scope = (description: string) => SCOPE(description, { maxLength: LONGEST_SCOPE });

const patterns = (description: string) =>
  Type.Array(SCOPE_PATTERN('Scope name, or a pattern in which * stands for anything.'), {
    description,
    uniqueItems: true,
  });

const Scope = section('One permission.', {
  name: scope('`resource.action` by convention.'),
  description: FEW_WORDS('What it lets its holder do: "read assets".'),
  level: Type.Optional(
    Type.Enum(['read', 'write', 'delete'], {
      description:
        'What it does at most. By default names ending in ".read" read, in ".delete" delete, all others write.',
    }),
  ),
  holders: Type.Optional(
    Type.Enum(['everyone', 'apps'], {
      description: '"apps" keeps it away from developer tokens. Default: everyone.',
    }),
  ),
  was: Type.Optional(
    Type.Array(scope('A name that it had before.'), {
      description:
        'Names that it had before. Tokens, apps and consents that have one of them have this scope.',
      uniqueItems: true,
    }),
  ),
});

const Category = section('Scopes under one heading.', {
  category: HEADING('Heading on pages: "Assets".'),
  scopes: Type.Array(Scope, { description: 'Scopes in the order of pages.', minItems: 1 }),
});

const Preset = section('A named choice on the page for new tokens.', {
  name: CHOICE_NAME('Name of the choice: "Read only".'),
  scopes: patterns('Scopes that it selects; those kept for apps are left out of patterns.'),
});

export const SCOPES_SCHEMA = Type.Array(Category, {
  description: 'The scope catalogue, by category.',
  minItems: 1,
});
export const PRESETS_SCHEMA = Type.Array(Preset, {
  description: 'Named choices on the page for new tokens.',
});
export const ROLES_SCHEMA = section('Scopes that each role may hold.', {
  owner: patterns('Whoever made the account.'),
  admin: patterns('Administrators of the account.'),
  member: patterns('People who work in the account.'),
  viewer: patterns('People who only look.'),
});

const VERBS = { create: 'create', read: 'read', update: 'modify', delete: 'delete' } as const;
type Act = keyof typeof VERBS;

const scopesOf = (
  resource: string,
  things: string,
  acts: readonly Act[] = ['create', 'read', 'update', 'delete'],
) => acts.map((act) => ({ name: `${resource}.${act}`, description: `${VERBS[act]} ${things}` }));

export const SCOPES: Static<typeof SCOPES_SCHEMA> = [
  {
    category: 'Account',
    scopes: [
      ...scopesOf('account', 'accounts', ['read']),
      ...scopesOf('auditlog', 'the audit log', ['read']),
    ],
  },
  { category: 'Teams', scopes: scopesOf('team', 'teams', ['create', 'read', 'update']) },
  { category: 'Projects', scopes: scopesOf('project', 'projects') },
  { category: 'Assets', scopes: scopesOf('asset', 'assets') },
  { category: 'Comments', scopes: scopesOf('comment', 'comments') },
  { category: 'Review links', scopes: scopesOf('reviewlink', 'review links') },
  { category: 'Presentations', scopes: scopesOf('presentation', 'presentations') },
  { category: 'Custom actions', scopes: scopesOf('action', 'custom actions') },
  { category: 'Webhooks', scopes: scopesOf('webhook', 'webhooks') },
  {
    category: 'Persistent access',
    scopes: [{ name: 'offline', description: 'keep access while you are away', holders: 'apps' }],
  },
];

const words = (text: string): string[] => text.split(' ');

export const PRESETS: Static<typeof PRESETS_SCHEMA> = [
  { name: 'Read only', scopes: ['*.read'] },
  {
    name: 'Review and comment',
    scopes: words('account.read team.read project.read asset.read reviewlink.read comment.*'),
  },
  {
    name: 'Upload',
    scopes: words('account.read team.read project.read asset.create asset.read asset.update'),
  },
];

export const ROLES: Static<typeof ROLES_SCHEMA> = {
  owner: ['*'],
  admin: ['*'],
  member: words(
    'account.read team.read project.* asset.* comment.* reviewlink.* presentation.* action.* webhook.* offline',
  ),
  viewer: words(
    'account.read team.read project.read asset.read comment.read reviewlink.read presentation.read action.read offline',
  ),
};
