/** The `gatehouse` command: the tree of all commands, which docs/reference/command-line.md describes; a test compares the two. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addAppCommands } from './app.ts';
import { addCompactCommand } from './compact.ts';
import { addConfigCommand } from './config.ts';
import { addDoctorCommand } from './doctor.ts';
import { addGrantCommands } from './grant.ts';
import { addMigrateCommand } from './migrate.ts';
import { addKeyCommands } from './key.ts';
import { addMasterSecretCommands } from './secret.ts';
import { addServeCommand } from './serve.ts';
import { withoutSecrets, type Terminal } from './terminal.ts';
import { addTokenCommands } from './token.ts';
import { addUserCommands } from './user.ts';

export function createProgram(terminal: Terminal): Command {
  const program = new Command('gatehouse')
    .description('Developer portal, scoped developer tokens and one checker for any HTTP API.')
    .version(version(), '--version', 'print the version')
    .option('--config <file>', 'read this file instead of gatehouse.yaml')
    .option('--debug', 'print where in the program an unexpected error happened')
    .helpOption('-h, --help', 'say how the command is used')
    .helpCommand(false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text, write) => write(withoutSecrets(text)),
    })
    .showHelpAfterError('(--help says how the command is used)');
  addServeCommand(program, terminal);
  addMigrateCommand(program, terminal);
  addCompactCommand(program, terminal);
  addUserCommands(program, terminal);
  addTokenCommands(program, terminal);
  addAppCommands(program, terminal);
  addGrantCommands(program, terminal);
  addKeyCommands(program, terminal);
  addMasterSecretCommands(program, terminal);
  addConfigCommand(program, terminal);
  addDoctorCommand(program, terminal);
  return program;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const metadata: { version: string } = JSON.parse(text);
  return metadata.version;
}
