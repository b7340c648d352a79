/**
 * One box for all boxes of a form.
 *   <label data-check-all-box hidden><input type="checkbox" data-check-all="NAME">…</label>   beside inputs named NAME
 */
import { wheneverShown } from './shown.js';

export function addChecks(root) {
  for (const all of root.querySelectorAll('input[data-check-all]')) {
    const scope = all.form ?? root;
    const boxes = () =>
      [...scope.querySelectorAll(`input[name="${CSS.escape(all.dataset.checkAll)}"]`)].filter(
        (box) => !box.disabled,
      );
    const box = all.closest('[data-check-all-box]');
    if (box !== null) box.hidden = false;
    all.addEventListener('change', () => boxes().forEach((item) => (item.checked = all.checked)));
    const show = () => {
      const ticked = boxes().filter((item) => item.checked).length;
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && !all.checked;
    };
    scope.addEventListener('change', show);
    wheneverShown(show);
  }
}
