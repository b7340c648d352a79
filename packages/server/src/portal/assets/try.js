/**
 * Test it now.
 *   <form data-try="/v2/me" data-try-token="ID"> <button>Test it now</button>
 *     <div data-try-answer hidden> <p role="status" data-try-status></p> <pre><code data-try-body></code></pre> </div>
 *   </form>
 * ID is the field that holds the token. The browser calls the API itself, so what is shown is what a program would get.
 */
export function addTrials(root) {
  for (const form of root.querySelectorAll('form[data-try]')) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      run(form).catch(reportError);
    });
  }
}

async function run(form) {
  const answer = form.querySelector('[data-try-answer]');
  const status = answer.querySelector('[data-try-status]');
  const body = answer.querySelector('[data-try-body]');
  const button = form.querySelector('button');
  answer.hidden = false;
  answer.className = 'try-answer';
  status.textContent = 'Calling…';
  body.textContent = '';
  button.disabled = true;
  try {
    const { isOk, line, text } = await call(form);
    status.textContent = line;
    body.textContent = text;
    answer.classList.add(isOk ? 'is-ok' : 'is-refused');
  } catch {
    status.textContent = 'The API could not be reached. Check your connection and try again.';
    answer.classList.add('is-refused');
  } finally {
    button.disabled = false;
  }
}

async function call(form) {
  const token = document.getElementById(form.dataset.tryToken).value;
  const started = performance.now();
  const response = await fetch(form.dataset.try, {
    headers: { authorization: `Bearer ${token}` },
    credentials: 'omit',
    cache: 'no-store',
  });
  const text = await response.text();
  const milliseconds = Math.max(1, Math.round(performance.now() - started));
  const verdict = response.ok ? 'the token works' : 'the call was refused';
  return {
    isOk: response.ok,
    line: `${response.status}: ${verdict} (${milliseconds} ms).`,
    text: indented(text),
  };
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
