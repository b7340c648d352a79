/**
 * Buttons that must not be pressed by a click that was meant for another window, which was closed under the pointer:
 *   <form data-guarded> … <button data-guard>Allow</button> … <p role="status" data-guard-hint></p> </form>
 * They work once the page has been seen and focused for a moment and the pointer has moved on it, from one place to
 * another, or by keyboard and touch after that moment. Losing the focus starts anew. Without script the stylesheet and the server wait for the moment.
 */
const MOMENT = 600;
/** In pixels. A pointer that lies still reports itself when a page appears under it, and a hand that presses trembles. */
const MOVED = 4;

const HINT = 'Not sent: move the pointer, then press the button again.';

/** On the screen and in the window: one alone changes when the window moves under a pointer that lies still. */
const isElsewhere = (now, before) =>
  Math.hypot(now.screenX - before.screenX, now.screenY - before.screenY) >= MOVED &&
  Math.hypot(now.clientX - before.clientX, now.clientY - before.clientY) >= MOVED;

/** Where Chromium says that a pointer is before it knows: no pointer on a page is in the corner of the screen. */
const isNowhere = ({ screenX, screenY, clientX, clientY }) =>
  screenX === 0 && screenY === 0 && clientX === 0 && clientY === 0;

export function addGuards(root) {
  for (const form of root.querySelectorAll('form[data-guarded]')) guard(form);
}

function guard(form) {
  const state = { since: null, place: null, hasMoved: false, pointer: 'mouse', isSent: false };
  const isPresent = () => document.visibilityState === 'visible' && document.hasFocus();
  const age = () => (state.since === null ? 0 : performance.now() - state.since);

  function restart() {
    Object.assign(state, { place: null, hasMoved: false });
    state.since = isPresent() ? performance.now() : null;
    // Lets the stylesheet begin again too.
    form.removeAttribute('data-guarded');
    void form.offsetWidth;
    form.setAttribute('data-guarded', '');
  }

  function see({ screenX, screenY, clientX, clientY, pointerType }) {
    state.pointer = pointerType;
    if (state.since === null && isPresent()) restart();
    const place = { screenX, screenY, clientX, clientY };
    if (isNowhere(place)) return;
    state.place ??= place;
    if (isElsewhere(place, state.place)) state.hasMoved = true;
  }

  const isMeant = ({ detail }) =>
    isPresent() && age() >= MOMENT && (detail === 0 || state.pointer !== 'mouse' || state.hasMoved);

  for (const button of form.querySelectorAll('button[data-guard]'))
    button.addEventListener('click', (event) => {
      if (isMeant(event)) return;
      event.preventDefault();
      const hint = form.querySelector('[data-guard-hint]');
      if (hint !== null) hint.textContent = HINT;
    });
  form.addEventListener('submit', (event) => {
    if (state.isSent) event.preventDefault();
    state.isSent = true;
  });
  document.addEventListener('pointermove', see);
  document.addEventListener('pointerdown', ({ pointerType }) => (state.pointer = pointerType));
  document.addEventListener('visibilitychange', restart);
  window.addEventListener('blur', restart);
  window.addEventListener('focus', restart);
  window.addEventListener('pageshow', () => {
    state.isSent = false;
    restart();
  });
  restart();
}
