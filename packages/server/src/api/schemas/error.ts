import { Type } from 'typebox';
import { REASONS } from '../refusal.ts';
import { Count, Text } from './shapes.ts';

export const ErrorSchema = Type.Object(
  {
    code: Count,
    message: Text,
    errors: Type.Array(
      Type.Object(
        {
          code: Count,
          status: Count,
          title: Text,
          detail: Text,
          reason: Type.Unsafe<string>({ type: 'string', enum: Object.keys(REASONS) }),
        },
        { additionalProperties: true },
      ),
    ),
  },
  { $id: 'Error' },
);
