/** Puts examples, and the form of ids, where readers of the document look for them. What is validated and written stays as it is. */
import type { FastifySchema } from 'fastify';
import { ID_LENGTH } from '../../../oauth/tokens/format.ts';
import type { Access } from '../../../http/route.ts';
import type { ApiContext } from '../../api-context.ts';
import { idsIn } from '../../endpoint-schema.ts';
import { neededBy } from '../../security.ts';
import { answerExamples, IDS } from './answers.ts';
import { refusalExample } from './refusals.ts';

interface Media {
  readonly schema: {
    readonly $ref?: string;
    readonly type?: string;
    readonly items?: { $ref: string };
  };
  readonly example?: unknown;
}

interface Response {
  readonly content?: { readonly 'application/json'?: Media };
}

/** What the document says of an endpoint, with examples of its ids and of every answer. */
export function withExamples(
  context: ApiContext,
  { schema, access, url }: { schema: FastifySchema; access: Access; url: string },
): FastifySchema {
  const examples = answerExamples(context);
  const { baseUrl } = context.config.server;
  const needed = neededBy(access, context.catalogues.current());
  const responses = Object.entries(schema.response as Record<string, Response>);
  const exampleOf = (status: number, media: Media): unknown =>
    refusalExample(status, { schema, access, needed, baseUrl }) ?? ofSchema(media.schema, examples);
  return {
    ...schema,
    ...(schema.params !== undefined && { params: withForms(schema.params as Params, url) }),
    response: Object.fromEntries(
      responses.map(([status, response]) => {
        const media = response.content?.['application/json'];
        if (media === undefined) return [status, response];
        const example = media.example ?? exampleOf(Number(status), media);
        return [status, { ...response, content: { 'application/json': { ...media, example } } }];
      }),
    ),
  };
}

const nameOf = ($ref: string): string => $ref.replace('#', '');

function ofSchema({ $ref, items }: Media['schema'], examples: ReadonlyMap<string, object>) {
  if (items !== undefined) return [examples.get(nameOf(items.$ref))];
  return examples.get(nameOf($ref ?? ''));
}

interface Params {
  readonly properties: Readonly<Record<string, object>>;
}

const EXAMPLES_OF_IDS: ReadonlyMap<string, string> = new Map(Object.entries(IDS));
const CREDENTIAL_ID = `^[0-9A-Za-z]{${ID_LENGTH}}$`;
const UUID = '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$';

/** Documented and not validated: an id of another form is not found, like any that there is not. */
function withForms({ properties, ...rest }: Params, url: string): object {
  const nouns = new Map(idsIn(url).map(({ noun, name }) => [name, noun]));
  const forms = Object.entries(properties).map(([name, property]) => {
    const example = EXAMPLES_OF_IDS.get(nouns.get(name) ?? '') ?? '';
    const pattern = example.length === ID_LENGTH ? CREDENTIAL_ID : UUID;
    return [name, { ...property, pattern, examples: [example] }];
  });
  return { ...rest, properties: Object.fromEntries(forms) };
}
