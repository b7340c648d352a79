/**
 * What a page says of a form must be true whenever the page is seen. A browser that comes back fills in what was chosen
 * before, out of its memory or after the page was loaded anew, and tells no script: `pageshow` is when it is done.
 */
export function wheneverShown(refresh) {
  refresh();
  window.addEventListener('pageshow', refresh);
}
