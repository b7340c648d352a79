/**
 * One box for all boxes of a form; rows hidden by a filter are left alone.
 *   <label data-check-all-box hidden><input type="checkbox" data-check-all="NAME">…</label>   beside inputs named NAME
 */
export function addChecks(root) {
  for (const all of root.querySelectorAll('input[data-check-all]')) {
    const scope = all.form ?? root;
    const boxes = () =>
      [...scope.querySelectorAll(`input[name="${CSS.escape(all.dataset.checkAll)}"]`)].filter(
        (box) => !box.disabled && box.closest('[hidden]') === null,
      );
    const box = all.closest('[data-check-all-box]');
    if (box !== null) box.hidden = false;
    all.addEventListener('change', () => boxes().forEach((item) => (item.checked = all.checked)));
    scope.addEventListener('change', () => {
      const ticked = boxes().filter((item) => item.checked).length;
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && !all.checked;
    });
  }
}
