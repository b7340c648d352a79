/** Every GATEHOUSE_* variable: what they set, and how their text becomes a value. */
import { Type, type TSchema } from 'typebox';
import { didYouMean } from '../kit/closest.ts';
import { dotted, type Path } from './problem.ts';
import { LEAVES } from './schema.ts';
import { SECRET_VARIABLES } from './secrets.ts';
import { complaintsAbout, somethingOf } from './validate.ts';

/** Names the configuration file. */
export const FILE_VARIABLE = 'GATEHOUSE_CONFIG';

interface SettingVariable {
  readonly name: string;
  readonly path: readonly string[];
  readonly schema: TSchema;
}

/** Variables that set a key of the file. */
export const SETTING_VARIABLES: readonly SettingVariable[] = LEAVES.flatMap(({ path, row }) =>
  row.kind === 'secret' || row.variable === undefined
    ? []
    : [{ name: row.variable, path, schema: row.schema }],
);

export const VARIABLES: readonly string[] = [
  FILE_VARIABLE,
  ...SETTING_VARIABLES.map(({ name }) => name),
  ...SECRET_VARIABLES.flatMap((name) => [name, `${name}_FILE`]),
];

/**
 * Kubernetes gives every pod variables for each service of the namespace; a service whose name begins with "gatehouse"
 * gives these. Nobody wrote them, so they are passed over.
 */
const SERVICE_LINK =
  /^GATEHOUSE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const LINKED_PORT = /^GATEHOUSE_(\w+_)?PORT$/;
const LINKED_ADDRESS = /^(tcp|udp|sctp):\/\/([\d.]+|\[[\da-f:]+\]):\d+$/i;
const isLinkedPort = (name: string, value: string): boolean =>
  LINKED_PORT.test(name) && LINKED_ADDRESS.test(value);

/** Settings that a service link hides from whoever meant to set them. */
export function warningsAboutLinks(env: NodeJS.ProcessEnv): readonly string[] {
  return SETTING_VARIABLES.filter(({ name }) => isLinkedPort(name, env[name] ?? '')).map(
    ({ name, path }) => {
      const service = name
        .replace(/_PORT$/, '')
        .toLowerCase()
        .replaceAll('_', '-');
      return `${name} is passed over: its value is what Kubernetes gives pods for a service named ${service}; set ${dotted(path)} in gatehouse.yaml or ${name} in the pod, or enableServiceLinks: false`;
    },
  );
}

/** The variables that say something: an empty one counts as not set, as compose files write it. */
export const variablesSet = (env: NodeJS.ProcessEnv): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(env).flatMap(([name, value = '']) =>
      !name.startsWith('GATEHOUSE_') ||
      value === '' ||
      SERVICE_LINK.test(name) ||
      isLinkedPort(name, value)
        ? []
        : [[name, value]],
    ),
  );

export const unknownVariables = (set: ReadonlyMap<string, string>): string[] =>
  [...set.keys()]
    .filter((name) => !VARIABLES.includes(name))
    .map((name) => `${name}: unknown variable${didYouMean(name, VARIABLES)}`);

/** The variable that sets the key, or the list that holds the path. */
export const variableFor = (path: Path): string | null =>
  SETTING_VARIABLES.find((variable) => variable.path.every((key, at) => key === path[at]))?.name ??
  null;

/** The values that the environment gives to keys of the file, and what is wrong with them. */
export function readOverrides(set: ReadonlyMap<string, string>) {
  const overrides = SETTING_VARIABLES.flatMap(({ name, path, schema }) => {
    const text = set.get(name);
    return text === undefined
      ? []
      : [{ name, path, schema, value: convert(text.trim(), somethingOf(schema)) }];
  });
  const problems = overrides.flatMap(({ name, schema, value }) =>
    complaintsAbout(schema, value).map(({ message }) => `${name}: ${message}`),
  );
  return { overrides, problems };
}

/** What cannot be converted stays a text, which the schema then refuses with what it expected. */
function convert(text: string, schema: TSchema): unknown {
  if (Type.IsInteger(schema)) return /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (Type.IsBoolean(schema)) return text === 'true' ? true : text === 'false' ? false : text;
  if (Type.IsArray(schema)) return text.split(/[\s,]+/).filter((item) => item !== '');
  return text;
}
