/**
 * A form that only hands something on, once:
 *   <form data-submit-now> … <button>Continue</button> </form> <p data-submitted hidden>It was sent.</p>
 */
export function submitAtOnce(root) {
  const form = root.querySelector('form[data-submit-now]');
  if (form === null) return;
  form.submit();
  // Back can bring the page out of the browser's memory: what it held was used.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    form.remove();
    for (const words of root.querySelectorAll('[data-submitted]')) words.hidden = false;
  });
}
