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

// A page that showed a secret must not come back out of the browser's memory with it.
window.addEventListener('pageshow', (event) => {
  if (event.persisted && document.querySelector('[data-secret]') !== null) location.reload();
});
