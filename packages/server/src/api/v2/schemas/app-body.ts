/** What may be said of an app, and how it becomes the form that the apps module judges. */
import { LONGEST_SCOPE, MOST_SCOPES } from '../../../catalogue/catalogue.ts';
import { Type, type Static } from 'typebox';
import type { AppForm } from '../../../apps/form.ts';
import { ClientTypeSchema } from './app.ts';

const Line = Type.String({ maxLength: 2000 });
const LineOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 2000 });
const Names = Type.Array(Type.String({ maxLength: LONGEST_SCOPE }), { maxItems: MOST_SCOPES });
const SecondsOrNull = Type.Unsafe<number | null>({
  type: ['integer', 'null'],
  description: 'null: as configured for the installation.',
});

const optional = {
  description: Type.Optional(LineOrNull),
  homepage_url: Type.Optional(LineOrNull),
  privacy_url: Type.Optional(LineOrNull),
  redirect_uris: Type.Optional(Type.Array(Type.String({ maxLength: 4000 }), { maxItems: 100 })),
  optional_scopes: Type.Optional(
    Type.Array(Type.String({ maxLength: 200 }), {
      maxItems: MOST_SCOPES,
      description: 'Those of the scopes that users may leave out.',
    }),
  ),
  allows_missing_pkce: Type.Optional(
    Type.Boolean({
      description: 'Legacy public client without PKCE: whoever gets hold of a code can use it.',
    }),
  ),
  access_seconds: Type.Optional(SecondsOrNull),
  refresh_seconds: Type.Optional(SecondsOrNull),
  strict_refresh: Type.Optional(
    Type.Boolean({ description: 'A refresh token works once, without a second try.' }),
  ),
};

/** Whose app it becomes follows from the caller alone. */
export const CreateAppBody = Type.Object(
  {
    app_type: ClientTypeSchema,
    name: Line,
    scopes: Names,
    account_id: Type.Optional(Type.String({ description: "The calling token's account." })),
    ...optional,
  },
  { additionalProperties: false },
);

export const ChangeAppBody = Type.Object(
  { name: Type.Optional(Line), scopes: Type.Optional(Names), ...optional },
  { additionalProperties: false, minProperties: 1 },
);

const BLANK: AppForm = {
  name: '',
  description: '',
  homepageUrl: '',
  privacyUrl: '',
  redirectUris: [],
  scopes: [],
  optionalScopes: [],
  allowsMissingPkce: false,
  accessSeconds: null,
  refreshSeconds: null,
  isRefreshStrict: false,
};

export const formOfBody = (body: Static<typeof ChangeAppBody>): AppForm => ({
  ...BLANK,
  ...changesOfBody(body),
});

/** What the body leaves out is left out here too. */
export function changesOfBody(body: Static<typeof ChangeAppBody>): Partial<AppForm> {
  const has = (key: keyof typeof body): boolean => body[key] !== undefined;
  return {
    ...(body.name !== undefined && { name: body.name }),
    ...(has('description') && { description: body.description ?? '' }),
    ...(has('homepage_url') && { homepageUrl: body.homepage_url ?? '' }),
    ...(has('privacy_url') && { privacyUrl: body.privacy_url ?? '' }),
    ...(body.redirect_uris !== undefined && { redirectUris: body.redirect_uris }),
    ...(body.scopes !== undefined && { scopes: body.scopes }),
    ...(body.optional_scopes !== undefined && { optionalScopes: body.optional_scopes }),
    ...(body.allows_missing_pkce !== undefined && { allowsMissingPkce: body.allows_missing_pkce }),
    ...(body.access_seconds !== undefined && { accessSeconds: body.access_seconds }),
    ...(body.refresh_seconds !== undefined && { refreshSeconds: body.refresh_seconds }),
    ...(body.strict_refresh !== undefined && { isRefreshStrict: body.strict_refresh }),
  };
}
