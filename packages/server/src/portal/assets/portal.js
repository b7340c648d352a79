/**
 * What script adds to pages that work without it. Each module finds its own markup by data attributes, documented at its
 * top, and does nothing where there is none. Never keeps, logs or sends a secret anywhere but to this site.
 */
import { addAppForm } from './app-form.js';
import { addChecks } from './check-all.js';
import { addCopyButtons } from './copy.js';
import { addGuards } from './guard.js';
import { addScopePickers } from './scope-picker.js';
import { submitAtOnce } from './submit-now.js';
import { addTabs } from './tabs.js';
import { addTrials } from './try.js';

addCopyButtons(document);
addTabs(document);
addTrials(document);
addScopePickers(document);
addChecks(document);
addGuards(document);
addAppForm(document);
submitAtOnce(document);

// Out of the browser's memory, a page must come back neither with a secret nor to somebody who signed out meanwhile. What was typed stays.
window.addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  if (document.querySelector('[data-secret]') !== null) location.reload();
  else if (document.querySelector('form[action="/sign-out"]') !== null)
    showIfSignedIn().catch(() => location.reload());
});

async function showIfSignedIn() {
  document.body.hidden = true;
  const answer = await fetch('/account', { method: 'HEAD', redirect: 'manual' });
  if (answer.ok) document.body.hidden = false;
  else location.reload();
}
