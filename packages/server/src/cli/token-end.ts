/** Ending a developer token of any user: revoked, or found in public. A whole token is read from standard input alone. */
import type { Command } from 'commander';
import type { EndedForOwner } from '../developer-tokens/revoke.ts';
import { countOf } from '../kit/plural.ts';
import type { CommandContext } from '../compose/contexts.ts';
import { origin, withModules } from './installation.ts';
import { Misused, Refused } from './refusal.ts';
import { readSecret } from './secret-input.ts';
import { table } from './table.ts';
import { plain, print, printJson, tell, type Terminal } from './terminal.ts';

/** Of any brand and kind, whole or cut short: ids have no underscore. */
const WHOLE_TOKEN = /^[A-Za-z0-9]+_[a-z]+_/;
const NOT_AS_ARGUMENT =
  'expected the id of a token, found what looks like the token itself. Others on this machine can read command lines, so a whole token is read from standard input: give "-" here and the token there. "gatehouse token list" prints ids';

const BY = 'an operator, on the command line';

interface Ending {
  readonly name: 'revoke' | 'expose';
  readonly description: string;
  readonly act: 'revokeForOwner' | 'exposeForOwner';
}

const ENDINGS: readonly Ending[] = [
  {
    name: 'revoke',
    description: 'end a token, and all that it made, for good; the user is told by e-mail',
    act: 'revokeForOwner',
  },
  {
    name: 'expose',
    description:
      'end a token that was found in public, and all that it made; calls with it and the user are told so',
    act: 'exposeForOwner',
  },
];

interface Options {
  readonly json?: true;
  readonly withReplaced?: true;
}

export function addEndingCommands(token: Command, terminal: Terminal): void {
  for (const ending of ENDINGS)
    token
      .command(ending.name)
      .description(ending.description)
      .argument('<id>', 'id of the token, or "-" to read the whole token from standard input')
      .option('--with-replaced', 'end the tokens that it replaced and that still work too')
      .option('--json', 'print the record as JSON')
      .action(async (named: string, options: Options, command: Command) => {
        if (WHOLE_TOKEN.test(named)) throw new Misused(NOT_AS_ARGUMENT);
        await withModules({ terminal, command }, async (modules) => {
          const id = named === '-' ? await readTokenId(modules, terminal) : named;
          const asked = { id, by: BY, withReplaced: options.withReplaced === true };
          const ended = await modules.tokens[ending.act](asked, { origin: origin() });
          if (ended.outcome === 'not-found') throw new Refused(`there is no token ${plain(id)}`);
          await show(modules, terminal, { ended, options });
        });
      });
}

async function show(
  modules: CommandContext,
  terminal: Terminal,
  { ended, options }: { readonly ended: EndedForOwner; readonly options: Options },
): Promise<void> {
  for (const line of sayEnded(ended)) tell(terminal, line);
  const { tokenRecord, tokenRow, withOwners } = await import('./token-records.ts');
  const now = modules.clock();
  for (const one of await withOwners(modules, [ended.token])) {
    if (options.json === true) await printJson(terminal, tokenRecord(one, now));
    else await print(terminal, table([tokenRow(one, now)]));
  }
}

/** What ended besides the token, and what did not. */
function sayEnded({ made, replaced }: EndedForOwner): readonly string[] {
  const counts = [
    made.tokens > 0 && countOf(made.tokens, 'token'),
    made.secrets > 0 && countOf(made.secrets, 'client secret'),
  ].filter((part) => part !== false);
  const ended = counts.length === 0 ? [] : [`Ended with it: ${counts.join(' and ')} that it made.`];
  const goesOn = replaced.map(
    ({ id, expiresAt }) =>
      `Token ${id}, which it replaced, works ${endOf(expiresAt)}: revoke it too.`,
  );
  return [...ended, ...goesOn];
}

export const endOf = (at: number | null): string =>
  at === null ? 'without an end' : `until ${new Date(at * 1000).toISOString()}`;

async function readTokenId({ config }: CommandContext, terminal: Terminal): Promise<string> {
  const value = await readSecret(terminal, { name: 'token', isNew: false });
  const { parseCredential } = await import('../oauth/tokens/format.ts');
  const credential = parseCredential(config.brand.tokenPrefix, value.trim());
  if (credential === null) throw new Refused('this is not a token of this installation');
  return credential.id;
}
