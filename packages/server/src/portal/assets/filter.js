/**
 * Filters a table as you type.
 *   <label data-filter-box hidden>…<input type="search" data-filter="TABLE-ID"></label>
 *   <table id="TABLE-ID"> … <tr data-search="lower-case text"> … </table>
 *   <p role="status" data-filter-status="TABLE-ID"></p>   (optional)
 */
export function addFilters(root) {
  for (const input of root.querySelectorAll('input[data-filter]')) {
    const table = document.getElementById(input.dataset.filter);
    if (table === null) continue;
    const rows = [...table.querySelectorAll('tr[data-search]')];
    const status = root.querySelector(`[data-filter-status="${CSS.escape(table.id)}"]`);
    const box = input.closest('[data-filter-box]');
    if (box !== null) box.hidden = false;
    input.addEventListener('input', () => {
      const words = input.value.toLowerCase().split(/\s+/);
      for (const row of rows)
        row.hidden = !words.every((word) => row.dataset.search.includes(word));
      if (status === null) return;
      const count = rows.filter((row) => !row.hidden).length;
      status.textContent = input.value === '' ? '' : `${count} of ${rows.length} shown`;
    });
  }
}
