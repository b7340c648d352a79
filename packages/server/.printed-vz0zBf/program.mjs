import { createInterface } from "node:readline/promises";
import * as client from "openid-client";

const terminal = createInterface({ input: process.stdin, output: process.stderr });
const config = await client.discovery(
  new URL("http://localhost:40653"),
  "3637468a-d9d7-4d04-b881-1fdfbd3edada",
  undefined,
  client.None(),
  { algorithm: "oauth2", execute: [client.allowInsecureRequests] },
);

// A server keeps both in the session of the browser.
const codeVerifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: "https://app.example.com/callback",
  scope: "account.read asset.create asset.read offline",
  code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
  code_challenge_method: "S256",
  state,
});
console.error("Open this in a browser and allow the app:");
console.log(url.href);

const currentUrl = new URL(await terminal.question("Paste the address that the browser came back to: "));
terminal.close();
const tokens = await client.authorizationCodeGrant(config, currentUrl, {
  pkceCodeVerifier: codeVerifier,
  expectedState: state,
});
console.log(tokens.access_token);