/** The first call in three languages, each runnable as it is printed and without anything to install. */

export interface Snippet {
  readonly id: 'curl' | 'python' | 'javascript';
  readonly label: string;
  readonly code: string;
}

export function snippetsFor(baseUrl: string, token: string): readonly Snippet[] {
  const url = `${baseUrl}/v2/me`;
  return [
    { id: 'curl', label: 'cURL', code: `curl -H "Authorization: Bearer ${token}" ${url}` },
    { id: 'python', label: 'Python', code: python(url, token) },
    { id: 'javascript', label: 'JavaScript', code: javascript(url, token) },
  ];
}

const python = (url: string, token: string): string =>
  `import json
import urllib.request

request = urllib.request.Request(
    ${JSON.stringify(url)},
    headers={"Authorization": "Bearer ${token}"},
)
with urllib.request.urlopen(request) as response:
    print(json.dumps(json.load(response), indent=2))`;

/** In a file of any kind, and in the console of a browser: nothing waits at its top. */
const javascript = (url: string, token: string): string =>
  `fetch(${JSON.stringify(url)}, {
  headers: { Authorization: "Bearer ${token}" },
}).then(async (response) => {
  console.log(response.status, await response.json());
});`;

/** For pages that show no token: it asks for one. */
export const askingSnippet = (baseUrl: string): string =>
  `(printf 'Token: ' >&2; read -r token; curl -H "Authorization: Bearer $token" ${baseUrl}/v2/me)`;
