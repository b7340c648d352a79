/**
 * Copy buttons.
 *   <input id="ID" readonly data-select-all> or any element with id="ID" and text
 *   <button type="button" data-copy="ID" hidden>…<span data-copy-label>Copy</span></button>
 *   <span role="status" data-copy-status="ID"></span>
 * The Clipboard API is missing on plain http, so the old command is tried next; when that fails too, the text is left
 * selected and the reader is told which keys to press. "Copied" is only said when it is true.
 */
const RESET_MILLISECONDS = 4000;
const KEYS = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘C' : 'Ctrl+C';

export function addCopyButtons(root) {
  for (const field of root.querySelectorAll('input[data-select-all]')) {
    field.addEventListener('focus', () => field.select());
  }
  for (const button of root.querySelectorAll('[data-copy]')) {
    const source = document.getElementById(button.dataset.copy);
    if (source === null) continue;
    const status = root.querySelector(`[data-copy-status="${CSS.escape(button.dataset.copy)}"]`);
    button.hidden = false;
    button.addEventListener('click', async () => report({ button, status }, await copy(source)));
  }
}

async function copy(source) {
  const text = source instanceof HTMLInputElement ? source.value : source.textContent;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(source);
  }
}

function copyBySelection(source) {
  if (source instanceof HTMLInputElement) {
    source.focus();
    source.select();
  } else {
    getSelection().selectAllChildren(source);
  }
  let seen = false;
  const notice = () => (seen = true);
  document.addEventListener('copy', notice, { once: true });
  try {
    return document.execCommand('copy') && seen;
  } catch {
    return false;
  } finally {
    document.removeEventListener('copy', notice);
  }
}

function report({ button, status }, isCopied) {
  const label = button.querySelector('[data-copy-label]') ?? button;
  label.dataset.was ??= label.textContent;
  label.textContent = isCopied ? 'Copied' : label.dataset.was;
  button.classList.toggle('is-done', isCopied);
  if (status !== null) {
    status.textContent = isCopied ? 'Copied to the clipboard.' : `Selected. Press ${KEYS} to copy.`;
    status.classList.toggle('is-failed', !isCopied);
  }
  clearTimeout(button.timer);
  if (!isCopied) return;
  button.timer = setTimeout(() => {
    label.textContent = label.dataset.was;
    button.classList.remove('is-done');
    if (status !== null) status.textContent = '';
  }, RESET_MILLISECONDS);
}
