/** Valid HTML by the rules that html-validate recommends. A rule that is switched off says why. */
import { HtmlValidate } from 'html-validate';

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // Matters of taste in the source, not of the document.
    'attr-quotes': 'off',
    'attribute-boolean-style': 'off',
    'attribute-empty-style': 'off',
    'doctype-style': 'off',
    'no-trailing-whitespace': 'off',
    'void-style': 'off',
    'no-inline-style': 'error',
    // "Gatehouse" may be renamed by its owner to anything; long titles are cut by the browser.
    'long-title': 'off',
    // A form sends a list as one name repeated.
    'form-dup-name': 'off',
  },
});

/** What is wrong, a line each. */
export async function faultsOf(html: string): Promise<readonly string[]> {
  const { results } = await validator.validateString(html);
  return results
    .flatMap(({ messages }) => messages)
    .map(({ line, ruleId, message, selector }) => `${line}: ${ruleId}: ${message} (${selector})`);
}
