/** What may be said of an app, and how it becomes the form that the apps module judges. */
import { Type, type Static } from 'typebox';
import type { AppForm } from '../../../apps/form.ts';
import { BLANK_FORM } from '../../../oauth/clients/fields.ts';
import { ClientTypeSchema } from './app.ts';
import { changesOfBody, takenFields } from './app-fields.ts';

const { name, scopes, ...rest } = takenFields;
const optional = Type.Partial(Type.Object(rest)).properties;

/** Whose app it becomes follows from the caller alone. */
export const CreateAppBody = Type.Object(
  {
    app_type: ClientTypeSchema,
    name,
    scopes,
    account_id: Type.Optional(Type.String({ description: "The calling token's account." })),
    ...optional,
  },
  { additionalProperties: false },
);

export const ChangeAppBody = Type.Object(
  { name: Type.Optional(name), scopes: Type.Optional(scopes), ...optional },
  { additionalProperties: false, minProperties: 1 },
);

export const formOfBody = (body: Static<typeof ChangeAppBody>): AppForm => ({
  ...BLANK_FORM,
  ...changesOfBody(body),
});
