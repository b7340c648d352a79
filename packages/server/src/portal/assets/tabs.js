/**
 * Tabs, by the ARIA authoring practice with automatic activation.
 *   <div data-tabs role="group" aria-label="…"> <section data-tab="cURL" id="…"><h3 class="tab-heading">…</h3>…</section> … </div>
 * Without script the sections stand under each other with their headings.
 */
export function addTabs(root) {
  for (const group of root.querySelectorAll('[data-tabs]')) addTabList(group);
}

function addTabList(group) {
  const panels = [...group.querySelectorAll(':scope > [data-tab]')];
  if (panels.length < 2) return;
  const list = document.createElement('div');
  list.className = 'tab-list';
  list.setAttribute('role', 'tablist');
  list.setAttribute('aria-label', group.getAttribute('aria-label') ?? 'Variants');
  group.removeAttribute('aria-label');
  group.removeAttribute('role');
  const tabs = panels.map((panel) => makeTab(panel));
  list.append(...tabs);
  group.prepend(list);
  group.classList.add('is-tabbed');

  const choose = (chosen) => {
    tabs.forEach((tab, index) => {
      tab.setAttribute('aria-selected', String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
      panels[index].hidden = index !== chosen;
    });
  };
  tabs.forEach((tab, index) => tab.addEventListener('click', () => choose(index)));
  list.addEventListener('keydown', (event) => {
    const next = nextIndex(event.key, tabs.indexOf(document.activeElement), tabs.length);
    if (next === null) return;
    event.preventDefault();
    choose(next);
    tabs[next].focus();
  });
  choose(0);
}

function makeTab(panel) {
  const tab = document.createElement('button');
  tab.type = 'button';
  tab.id = `${panel.id}-tab`;
  tab.className = 'tab';
  tab.textContent = panel.dataset.tab;
  tab.setAttribute('role', 'tab');
  tab.setAttribute('aria-controls', panel.id);
  panel.setAttribute('role', 'tabpanel');
  panel.setAttribute('aria-labelledby', tab.id);
  return tab;
}

function nextIndex(key, current, count) {
  if (key === 'ArrowRight') return (current + 1) % count;
  if (key === 'ArrowLeft') return (current - 1 + count) % count;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : null;
}
