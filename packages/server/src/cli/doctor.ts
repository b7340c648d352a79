/** Looks whether an installation can work, without changing it. The exit code says whether something failed. */
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { failed, ok, warning, type Finding } from './findings.ts';
import { withoutMaking, type Call } from './installation.ts';
import { EXIT, Silent } from './refusal.ts';
import { plain, print, printJson, withoutSecrets, type Terminal } from './terminal.ts';

export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description(
      'check configuration, files, database, mail, base URL and clock, and say what is wrong',
    )
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }: { json?: true }, command: Command) => {
      const findings = await examine({ terminal, command });
      if (json === true) await printJson(terminal, findings);
      else await print(terminal, findings.map(lineFor).join('\n'));
      const broken = findings.filter(({ state }) => state === 'failed');
      if (broken.length === 0) return;
      const isConfiguration = broken.some(({ check }) => check === 'configuration');
      throw new Silent(isConfiguration ? EXIT.misused : EXIT.refused);
    });
}

const lineFor = ({ state, check, message }: Finding): string =>
  `${state.padEnd(9)}${check.padEnd(16)}${plain(withoutSecrets(message))}`;

async function examine(call: Call): Promise<readonly Finding[]> {
  const { ConfigError } = await import('../config/problem.ts');
  try {
    const { config, isFromFile } = await withoutMaking(call);
    const { warningsAboutLinks } = await import('../config/variables.ts');
    const links = warningsAboutLinks(call.terminal.env);
    return [
      ...links.map((text) => warning('configuration', text)),
      ...(await examineInstallation(config, !isFromFile)),
    ];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => failed('configuration', problem));
  }
}

async function examineInstallation(
  config: Config,
  hasSecretVariable: boolean,
): Promise<readonly Finding[]> {
  const { warningsAbout } = await import('../config/warnings.ts');
  const { checkDirectory, checkRoom, checkSecret } = await import('./check-files.ts');
  const { checkDatabase } = await import('./check-database.ts');
  const { checkBaseUrl, checkMail } = await import('./check-surroundings.ts');
  const files = { config, hasSecretVariable };
  const room = checkRoom(config);
  // One after the other: the database is asked while nothing else makes it wait.
  return [
    ok('configuration', 'every setting is understood'),
    ...warningsAbout(config).map((text) => warning('configuration', text)),
    checkDirectory(files),
    checkSecret(files),
    ...(room === null ? [] : [room]),
    ...(await checkDatabase(config)),
    await checkMail(config),
    ...(await checkBaseUrl(config)),
  ];
}
