/**
 * Keeps levels, exact boxes, presets and the summary of a scope picker (ui/scope-picker.ts) in step.
 *   [data-scopes]                      the whole
 *     [data-scope-group]               one category: radios [data-scope-level], boxes input[name=scope][data-level], [data-scope-count][hidden]
 *     [data-scope-all]                 box "Select all scopes"
 *     [data-scope-preset="a b c"]      button that chooses exactly these, inside [data-scope-presets][hidden]
 *     [data-scope-search]              search field, inside [data-scope-search-box][hidden]
 *     [data-scope-summary]             text, inside [data-scope-summary-box][hidden]
 *     [data-scope-matches]             text
 * The boxes are the truth. A level is shown when its boxes, and no others, are ticked; otherwise none is. What is chosen
 * beside the level is marked by the stylesheet, with script and without.
 */
import { countOf } from './plural.js';
import { wheneverShown } from './shown.js';

export function addScopePickers(root) {
  for (const picker of root.querySelectorAll('[data-scopes]')) start(picker);
}

function start(picker) {
  const groups = [...picker.querySelectorAll('[data-scope-group]')].map(readGroup);
  const boxes = groups.flatMap((group) => group.boxes);
  const all = picker.querySelector('[data-scope-all]');
  const refresh = () => {
    groups.forEach(showGroup);
    if (all !== null) {
      const usable = boxes.filter((box) => !box.disabled);
      all.checked = usable.length > 0 && usable.every((box) => box.checked);
    }
    const summary = picker.querySelector('[data-scope-summary]');
    if (summary !== null) summary.textContent = summarise(boxes);
  };

  for (const group of groups) {
    for (const radio of group.radios) {
      radio.addEventListener('change', () => {
        applyLevel(group, radio.dataset.scopeLevel);
        refresh();
      });
    }
    for (const box of group.boxes) box.addEventListener('change', refresh);
    const chosen = group.radios.find((radio) => radio.checked);
    if (chosen !== undefined && chosen.dataset.scopeLevel !== 'none') {
      addLevel(group, chosen.dataset.scopeLevel);
    }
  }
  all?.addEventListener('change', () => {
    setBoxes(boxes, () => all.checked);
    refresh();
  });
  if (all?.checked === true) setBoxes(boxes, () => true);
  addPresets(picker, (names) => {
    setBoxes(boxes, (box) => names.has(box.value));
    refresh();
  });
  const search = addSearch(picker, groups);
  picker.classList.add('is-live');
  const box = picker.querySelector('[data-scope-summary-box]');
  if (box !== null) box.hidden = false;
  wheneverShown(() => {
    refresh();
    search();
  });
}

const readGroup = (element) => ({
  element,
  radios: [...element.querySelectorAll('[data-scope-level]')],
  boxes: [...element.querySelectorAll('input[name="scope"]')],
  details: element.querySelector('details'),
  count: element.querySelector('[data-scope-count]'),
  name: element.querySelector('legend').textContent.toLowerCase(),
});

function setBoxes(boxes, isTicked) {
  for (const box of boxes) if (!box.disabled) box.checked = isTicked(box);
}

const isInLevel = (box, level) =>
  (level !== 'none' && box.dataset.level === 'read') ||
  (level === 'write' && box.dataset.level === 'write');

const addLevel = (group, level) =>
  setBoxes(group.boxes, (box) => box.checked || isInLevel(box, level));

/** What destroys is chosen by name alone; only None takes it back. */
const applyLevel = (group, level) =>
  setBoxes(group.boxes, (box) =>
    box.dataset.level === 'delete' ? box.checked && level !== 'none' : isInLevel(box, level),
  );

function showGroup(group) {
  const level = levelOf(group.boxes.filter((box) => !box.disabled));
  for (const radio of group.radios) radio.checked = radio.dataset.scopeLevel === level;
  const ticked = group.boxes.filter((box) => box.checked).length;
  group.element.classList.toggle('is-chosen', ticked > 0);
  if (group.count !== null) {
    group.count.textContent = `${ticked} of `;
    group.count.hidden = ticked === 0;
  }
}

/** `null` when the boxes are a choice that no level names. */
function levelOf(boxes) {
  const matches = (level) =>
    boxes.every((box) => box.dataset.level === 'delete' || box.checked === isInLevel(box, level));
  if (boxes.every((box) => !box.checked)) return 'none';
  if (matches('none')) return null;
  // A category without anything to change is read, not written, when everything in it is ticked.
  return ['read', 'write'].find(matches) ?? null;
}

function summarise(boxes) {
  const count = (level) => boxes.filter((box) => box.checked && box.dataset.level === level).length;
  const say = (number) => (number === 0 ? 'nothing' : String(number));
  const read = count('read');
  const things = read === 0 ? 'nothing' : countOf(read, 'thing');
  return `can read ${things}, change ${say(count('write'))}, delete ${say(count('delete'))}`;
}

function addPresets(picker, choose) {
  const bar = picker.querySelector('[data-scope-presets]');
  if (bar === null) return;
  bar.hidden = false;
  for (const button of bar.querySelectorAll('[data-scope-preset]')) {
    const names = new Set(button.dataset.scopePreset.split(' '));
    button.addEventListener('click', () => choose(names));
  }
}

function addSearch(picker, groups) {
  const input = picker.querySelector('[data-scope-search]');
  if (input === null) return () => {};
  picker.querySelector('[data-scope-search-box]').hidden = false;
  // Enter in a search field would create the token.
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault();
  });
  const search = () => {
    const word = input.value.trim().toLowerCase();
    const shown = groups.map((group) => filterGroup(group, word));
    const matches = picker.querySelector('[data-scope-matches]');
    if (matches === null) return;
    const total = shown.reduce((sum, count) => sum + count, 0);
    matches.textContent = word === '' ? '' : `${countOf(total, 'scope')} found`;
  };
  input.addEventListener('input', search);
  return search;
}

/** Without a word, what somebody opened stays open. */
const wasSearched = ({ element }) => element.hasAttribute('data-searched');

function filterGroup(group, word) {
  let shown = 0;
  for (const box of group.boxes) {
    const row = box.closest('li');
    const text = `${group.name} ${row.textContent.toLowerCase()}`;
    row.hidden = !text.includes(word);
    if (!row.hidden) shown += 1;
  }
  group.element.hidden = shown === 0;
  if (word !== '' || wasSearched(group)) group.details.open = word !== '' && shown > 0;
  group.element.toggleAttribute('data-searched', word !== '');
  return shown;
}
