/**
 * A form that only hands something on:
 *   <form data-submit-now> … <button>Continue</button> </form>
 */
export function submitAtOnce(root) {
  root.querySelector('form[data-submit-now]')?.submit();
}
