/** Text to take away: a single line in a selectable field, or a block. The Copy button appears only with script. */
import { attributes, html, type Attributes, type Html } from './html.ts';
import { icon } from './icons.ts';

const copyButton = (targetId: string, label: string, kind: 'plain' | 'primary' = 'plain'): Html =>
  html`<button type="button" class="button button-${kind} copy" data-copy="${targetId}" hidden>
    ${icon('copy')}<span data-copy-label>${label}</span>
  </button>`;

export interface CodeField {
  /** Unique in the page. */
  readonly id: string;
  /** Above a field; for those who do not see it at a block. */
  readonly label: string;
  readonly value: string;
  readonly copyLabel?: string;
  /** Copying it is then what the page is for. */
  readonly isSecret?: boolean;
}

/** One line: a read-only field that a click or Tab selects as a whole, and Copy. */
export const codeField = (field: CodeField): Html =>
  html`<div class="code-field">
    <label for="${field.id}">${field.label}</label>
    <input class="code"${attributes({
      id: field.id,
      type: 'text',
      readonly: true,
      value: field.value,
      spellcheck: 'false',
      autocapitalize: 'off',
      autocomplete: 'off',
      'data-select-all': true,
      'data-secret': field.isSecret === true,
    })}>
    ${copyButton(field.id, field.copyLabel ?? 'Copy', field.isSecret === true ? 'primary' : 'plain')}
    <span class="copy-status" role="status" data-copy-status="${field.id}"></span>
  </div>`;

/** Several lines. */
export const codeBlock = (block: Omit<CodeField, 'isSecret'>): Html =>
  html`<div class="code-block">
    <pre tabindex="0" role="group" aria-label="${block.label}"><code id="${block.id}">${block.value}</code></pre>
    ${copyButton(block.id, block.copyLabel ?? 'Copy')}
    <span class="copy-status" role="status" data-copy-status="${block.id}"></span>
  </div>`;

/** An id or masked credential inside a sentence or table. */
export const code = (text: string): Html => html`<code class="inline">${text}</code>`;

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly body: Html;
}

/** Without script: all panels under each other, each with its heading. With script: tabs. */
export const tabs = (group: { readonly label: string; readonly tabs: readonly Tab[] }): Html =>
  html`<div class="tabs" data-tabs role="group" aria-label="${group.label}">
    ${group.tabs.map(
      (tab) =>
        html`<section class="tab-panel" data-tab="${tab.label}" id="tab-${tab.id}">
          <h3 class="tab-heading">${tab.label}</h3>
          ${tab.body}
        </section>`,
    )}
  </div>`;

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Goes inside the form of *Test it now*: `form({ action, csrf, attributes: tryAttributes('/v2/me', fieldId) }, …,
 * tryAnswer(null))`. With script the browser itself calls the URL with the token of that field; without, the form is sent
 * and the page comes back with the answer.
 */
export const tryAttributes = (url: string, tokenFieldId: string): Attributes => ({
  'data-try': url,
  'data-try-token': tokenFieldId,
});

export const tryAnswer = (answer: ApiAnswer | null): Html =>
  html`<div class="try-answer" data-try-answer${attributes({ hidden: answer === null })}>
    <p role="status" data-try-status>${answer !== null && sayStatus(answer.status)}</p>
    <pre tabindex="0" role="group" aria-label="Answer"><code data-try-body>${answer?.body}</code></pre>
  </div>`;

const sayStatus = (status: number): string =>
  status === 200 ? '200: the token works.' : `${status}: the call was refused.`;
