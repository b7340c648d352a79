/**
 * The form of an app while it is filled in. The server decides; what is said here only saves a round.
 *   <textarea data-redirect-uris> … <ul data-redirect-hints hidden></ul>   what is likely wrong with each line
 *   <div data-wishes> <details> <span data-wish-count hidden></span> 4 scopes … radios </details> … </div>   counts by category
 */
import { wheneverShown } from './shown.js';

export function addAppForm(root) {
  for (const field of root.querySelectorAll('textarea[data-redirect-uris]')) addHints(root, field);
  for (const wishes of root.querySelectorAll('[data-wishes]')) {
    wishes.classList.add('is-live');
    for (const group of wishes.querySelectorAll('details')) addCount(group);
  }
}

function addHints(root, field) {
  const list = root.querySelector('[data-redirect-hints]');
  // The server has said so already.
  const isRefused = () =>
    field.getAttribute('aria-invalid') === 'true' && field.value === field.defaultValue;
  const show = () => {
    const text = isRefused() ? '' : field.value;
    const hints = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .flatMap((line) => {
        const hint = hintFor(line);
        return hint === null ? [] : [[line, hint]];
      });
    list.replaceChildren(...hints.map(([line, hint]) => item(line, hint)));
    list.hidden = hints.length === 0;
  };
  // While a line is being written it is always wrong: look when it is finished.
  field.addEventListener('input', (event) => {
    if (event.inputType !== 'insertText' || !list.hidden) show();
  });
  field.addEventListener('change', () => afterClick(show));
  wheneverShown(show);
}

let isPressed = false;
for (const name of ['pointerdown', 'pointerup', 'pointercancel'])
  window.addEventListener(name, () => (isPressed = name === 'pointerdown'), true);

/** A button that moves away between press and release is not clicked. */
function afterClick(show) {
  if (isPressed)
    window.addEventListener('pointerup', () => setTimeout(() => show()), { once: true });
  else show();
}

function item(line, hint) {
  const element = document.createElement('li');
  const code = document.createElement('code');
  code.textContent = line;
  element.append(code, ` ${hint}`);
  return element;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

function hintFor(line) {
  const url = URL.parse(line);
  if (/\s/.test(line)) return 'has a space in it. One address a line.';
  if (line.includes('#')) return 'has a fragment: leave out everything from #.';
  if (line.includes('*')) return 'has a wildcard: register each address.';
  if (url === null) return 'is not a complete address, such as https://app.example.com/callback.';
  if (url.username !== '' || url.password !== '') return 'has a user name: leave it out.';
  if (url.protocol === 'http:' && !LOOPBACK.includes(url.hostname))
    return 'is plain http, which is for localhost, 127.0.0.1 and [::1] alone.';
  const isKnown = ['https:', 'http:'].includes(url.protocol) || url.protocol.includes('.');
  return isKnown ? null : 'has a scheme that cannot be used.';
}

function addCount(group) {
  const count = group.querySelector('[data-wish-count]');
  const lines = [...group.querySelectorAll('fieldset')];
  const show = () => {
    const chosen = lines.filter((line) => line.querySelector('input:checked')?.value !== 'none');
    count.textContent = `${chosen.length} of `;
    count.hidden = chosen.length === 0;
    group.classList.toggle('is-chosen', chosen.length > 0);
    return chosen.length;
  };
  group.addEventListener('change', show);
  wheneverShown(() => {
    if (show() > 0) group.open = true;
  });
}
