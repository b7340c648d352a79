/** Somebody cannot get in: a new password, a link for one, another address. */
import type { Command } from 'commander';
import { findActiveUser, findUser, origin, withModules } from './installation.ts';
import { refuseFields } from './refusal.ts';
import { readSecret } from './secret-input.ts';
import { print, tell, type Terminal } from './terminal.ts';

export function addPassword(user: Command, terminal: Terminal): void {
  user
    .command('password')
    .description(
      'set a new password, read from standard input, and end every session; or print a link for one',
    )
    .argument('<user>', 'e-mail address or id')
    .option(
      '--link',
      'print a link instead, with which the user chooses a password once, in an hour',
    )
    .action(async (named: string, { link }: { link?: true }, command: Command) => {
      const password =
        link === true ? null : await readSecret(terminal, { name: 'password', isNew: true });
      await withModules({ terminal, command }, async (modules) => {
        const found = await findActiveUser(modules, named);
        const target = { user: found, origin: origin() };
        if (password === null) {
          const proof = await modules.accounts.issueReset(target);
          const { baseUrl } = modules.config.server;
          await print(terminal, `${baseUrl}/reset-password?proof=${proof}`);
          return;
        }
        const outcome = await modules.accounts.assignPassword({ ...target, password });
        if (outcome.outcome === 'invalid') refuseFields(outcome.errors, {});
        tell(terminal, `${found.email} has a new password and is signed out everywhere`);
      });
    });
}

export function addEmail(user: Command, terminal: Terminal): void {
  user
    .command('email')
    .description('change the e-mail address; it counts as verified')
    .argument('<user>', 'e-mail address or id')
    .argument('<email>', 'the new e-mail address')
    .option('--unverified', 'let the user prove the new address first')
    .action(async (...given: [string, string, { unverified?: true }, Command]) => {
      const [named, email, { unverified }, command] = given;
      await withModules({ terminal, command }, async (modules) => {
        const found = await findUser(modules, named);
        const isVerified = unverified !== true;
        const change = { user: found, email, isVerified, origin: origin() };
        const outcome = await modules.accounts.assignEmail(change);
        if (outcome.outcome === 'invalid')
          refuseFields(outcome.errors, { email: 'e-mail address' });
        tell(terminal, 'the address is changed');
      });
    });
}
