/** The first call in three languages, each runnable as it is printed and without anything to install. */

export interface Snippet {
  readonly id: 'curl' | 'python' | 'typescript';
  readonly label: string;
  readonly code: string;
}

export function snippetsFor(baseUrl: string, token: string): readonly Snippet[] {
  const url = `${baseUrl}/v2/me`;
  return [
    { id: 'curl', label: 'cURL', code: `curl -H "Authorization: Bearer ${token}" ${url}` },
    { id: 'python', label: 'Python', code: python(url, token) },
    { id: 'typescript', label: 'TypeScript', code: typescript(url, token) },
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

const typescript = (url: string, token: string): string =>
  `const response = await fetch(${JSON.stringify(url)}, {
  headers: { Authorization: "Bearer ${token}" },
});
console.log(response.status, await response.json());`;
