/** The catalogue as the configuration has it. */
import type { CatalogueParts } from '../catalogue/catalogue.ts';
import { FIRST_RESOURCE_ID } from '../catalogue/resources.ts';
import type { Config } from '../config/config.ts';

export const configuredCatalogue = ({
  scopes,
  roles,
  presets,
  brand,
  server: { baseUrl },
}: Config): CatalogueParts => ({
  scopes,
  roles,
  presets,
  resources: [
    {
      id: FIRST_RESOURCE_ID,
      name: brand.name,
      identifier: baseUrl,
      aliases: [`${baseUrl}/`, `${baseUrl}/v2`],
      baseUrl,
    },
  ],
});
