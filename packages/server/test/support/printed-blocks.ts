/** The fenced blocks of the documents that people copy from. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

export interface Block {
  /** `docs/operating.md: npm ci`: the document, and the first line. */
  readonly name: string;
  readonly language: string;
  readonly code: string;
}

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`);

const AT_THE_ROOT = readdirSync(ROOT).filter((name) => name.endsWith('.md'));

export const blocks: readonly Block[] = [
  ...AT_THE_ROOT,
  ...markdownIn('docs'),
  ...markdownIn('examples'),
].flatMap((document) => blocksOf(document, readFileSync(ROOT + document, 'utf8')));

export function blocksOf(document: string, text: string): readonly Block[] {
  return [...text.matchAll(/^(```+)(\S*)[^\n]*\n([^]*?)^\1$/gm)].map(
    ([, , language = '', code = '']) => ({
      name: `${document}: ${code.split('\n')[0]?.trim()}`,
      language,
      code,
    }),
  );
}

export function block(name: string): string {
  const found = blocks.filter((one) => one.name === name);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} blocks: ${name}`);
  return only.code;
}
