/**
 * A browser app without a server of its own (RFC 10017): PKCE by Web Crypto, everything else by fetch from its own origin.
 * The page that loads it says where Gatehouse is and who it is itself.
 */
const { issuer, clientId } = document.documentElement.dataset;
const redirectUri = `${location.origin}/callback`;
const scope = 'account.read offline';

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const newVerifier = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function challengeOf(verifier) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

async function discover() {
  const response = await fetch(`${issuer}/.well-known/oauth-authorization-server`);
  const server = await response.json();
  if (server.issuer !== issuer) throw new Error(`not the issuer: ${server.issuer}`);
  return server;
}

async function post(url, fields) {
  const body = new URLSearchParams({ client_id: clientId, ...fields });
  const response = await fetch(url, { method: 'POST', body });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${answer.error}`);
  return answer;
}

async function signIn() {
  const { authorization_endpoint: endpoint } = await discover();
  const [verifier, state] = [newVerifier(), newVerifier()];
  sessionStorage.setItem('begun', JSON.stringify({ verifier, state }));
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
  });
  location.assign(`${endpoint}?${parameters}`);
}

let tokens = null;

async function finish() {
  const answer = new URLSearchParams(location.search);
  const { verifier, state } = JSON.parse(sessionStorage.getItem('begun'));
  history.replaceState(null, '', '/');
  if (answer.get('state') !== state || answer.get('iss') !== issuer)
    throw new Error('not my answer');
  if (answer.has('error')) throw new Error(answer.get('error'));
  const { token_endpoint: endpoint } = await discover();
  tokens = await post(endpoint, {
    grant_type: 'authorization_code',
    code: answer.get('code'),
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  await callApi();
}

async function callApi() {
  const response = await fetch(`${issuer}/v2/me`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  const record = await response.json();
  say(response.ok ? `Signed in as ${record.email}` : `Refused: ${response.status}`);
}

async function refresh() {
  const { token_endpoint: endpoint } = await discover();
  const { access_token: old, refresh_token } = tokens;
  tokens = await post(endpoint, { grant_type: 'refresh_token', refresh_token });
  say(tokens.access_token === old ? 'Nothing new' : 'Refreshed');
}

async function signOut() {
  const { revocation_endpoint: endpoint } = await discover();
  await post(endpoint, { token: tokens.refresh_token });
  await callApi();
}

function say(words) {
  document.querySelector('output').value = words;
}

const actions = { 'sign-in': signIn, call: callApi, refresh, 'sign-out': signOut };
const attempt = (action) => action().catch((error) => say(`Failed: ${error.message}`));
for (const [id, action] of Object.entries(actions))
  document.getElementById(id).addEventListener('click', () => void attempt(action));
if (location.pathname === '/callback') void attempt(finish);
