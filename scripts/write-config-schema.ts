/** Writes docs/reference/gatehouse.schema.json, from which editors complete gatehouse.yaml. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { FileSchema } from '../packages/server/src/config/schema.ts';

export const SCHEMA_FILE = fileURLToPath(
  new URL('../docs/reference/gatehouse.schema.json', import.meta.url),
);

export async function renderConfigSchema(): Promise<string> {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...FileSchema };
  const options = await resolveConfig(SCHEMA_FILE);
  return format(JSON.stringify(schema), { ...options, parser: 'json' });
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, await renderConfigSchema());
