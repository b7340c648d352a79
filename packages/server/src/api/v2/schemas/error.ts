import { Type } from 'typebox';
import { FACTS } from '../../facts.ts';
import { REASONS } from '../../refusal.ts';
import { Count, Text } from './shapes.ts';

const ProblemSchema = Type.Object({
  code: Count,
  status: Count,
  title: Text,
  detail: Type.String({ description: 'What is wrong and what would help, for people.' }),
  reason: Type.Unsafe<string>({
    type: 'string',
    enum: Object.keys(REASONS),
    description: 'Stable, and made to be branched on.',
  }),
  ...Type.Partial(Type.Object(FACTS)).properties,
});

/** In the document it must not be called as a class that clients have already. */
export const ErrorSchema = Type.Object(
  {
    code: Type.Integer({ description: 'The status.' }),
    message: Text,
    errors: Type.Array(ProblemSchema, { description: 'One for each thing that is wrong.' }),
  },
  { $id: 'Refusal', description: 'Why the API says no.' },
);
