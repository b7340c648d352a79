/** The catalogue as the configuration has it. */
import type { CatalogueParts } from '../catalogue/catalogue.ts';
import type { Config } from '../config/config.ts';

/** Records never name it while they may leave it out, and it stays when `server.base_url` changes. */
const FIRST_RESOURCE_ID = 'first';

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
