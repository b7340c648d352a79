import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseConfigFile } from '../../src/config/file.ts';
import { FileSchema } from '../../src/config/schema.ts';
import { complaintsAbout } from '../../src/config/validate.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { problemsIn } from './workplace.ts';

/** Each file and the one problem it has. */
const MISTAKES: readonly (readonly [string, string, string | RegExp])[] = [
  [
    'a wrong type',
    '# policy\ntokens:\n  most_per_user: many\n',
    'gatehouse.yaml:3:3 tokens.most_per_user: found "many", expected a whole number from 1 to 10000',
  ],
  [
    'a number out of range',
    'server:\n  port: 70000\n',
    'gatehouse.yaml:2:3 server.port: found 70000, expected a whole number from 1 to 65535',
  ],
  [
    'a nullable key with a wrong type',
    'tokens: { allow_never: false, longest_life_days: 0.5 }',
    'gatehouse.yaml:1:31 tokens.longest_life_days: found 0.5, expected a whole number from 1 to 3650 or null',
  ],
  [
    'a word that is not one of the choices',
    'log:\n  level: loud\n',
    'gatehouse.yaml:2:3 log.level: found "loud", expected fatal, error, warn, info, debug or silent',
  ],
  [
    'a boolean written as a word',
    'log:\n  requests: yes please\n',
    'gatehouse.yaml:2:3 log.requests: found "yes please", expected true or false',
  ],
  [
    'an unknown key that is close to a known one',
    'tokens:\n  most_per_usr: 3\n',
    'gatehouse.yaml:2:3 tokens.most_per_usr: unknown key; did you mean tokens.most_per_user?',
  ],
  [
    'an unknown section',
    'zoological_garden: 1\n',
    /^gatehouse\.yaml:1:1 zoological_garden: unknown key, expected one of brand, server, /,
  ],
  [
    'an empty section',
    'brand:\nserver:\n  port: 1\n',
    'gatehouse.yaml:1:1 brand: found nothing, expected a section with name, token_prefix, accent, support_url, docs_url',
  ],
  ['a list at the root', '- a\n', /^gatehouse\.yaml:1:1 expected sections/],
  ['a duplicate key', 'log:\n  level: info\n  level: warn\n', /^gatehouse\.yaml:3:3 .*unique/],
  ['broken syntax', 'log: { level: info\nmail: 1\n', /^gatehouse\.yaml:\d+:\d+ /],
  ['a tag that nobody knows', 'log: !secret info\n', /^gatehouse\.yaml:1:6 .*tag/],
  [
    'a section of a type that JSON has not',
    'sign_up: !!omap\n  - mode: closed\n',
    /^gatehouse\.yaml:1:10 .*tag/,
  ],
  ['a date for a section', 'log: !!timestamp 2001-01-01\n', /^gatehouse\.yaml:1:6 .*tag/],
  [
    'an older YAML, in which other words are numbers, dates and booleans',
    '%YAML 1.1\n---\nbrand: 2001-01-01\n',
    'gatehouse.yaml:1:1 found YAML 1.1, expected YAML 1.2',
  ],
  [
    'the root as a type of an older YAML',
    '%YAML 1.1\n--- !!set\n? sign_up\n',
    'gatehouse.yaml:1:1 found YAML 1.1, expected YAML 1.2',
  ],
  ['two documents', 'log: {}\n---\nlog: {}\n', /^gatehouse\.yaml:\d+:\d+ .*document/],
  [
    'a colour too light for white text',
    "brand:\n  accent: '#ffcc00'\n",
    /^gatehouse\.yaml:2:3 brand\.accent: found "#ffcc00", whose contrast with white is 1\.5/,
  ],
  [
    'a wrong token prefix',
    'brand: { token_prefix: My_App }',
    'gatehouse.yaml:1:10 brand.token_prefix: found "My_App", expected a lower-case letter, then 1 to 15 lower-case letters and digits',
  ],
  [
    'a base address with a path',
    'server: { base_url: "https://example.com/portal" }',
    /^gatehouse\.yaml:1:11 server\.base_url: found .*without a path/,
  ],
  ['a base address with a query', 'server: { base_url: "https://example.com?" }', /without a path/],
  ['a base address of ftp', 'server: { base_url: "ftp://example.com" }', /an http\(s\) address/],
  [
    'a range with too many bits',
    'server:\n  trusted_proxies:\n    - 10.0.0.0/8\n    - 10.0.0.0/33\n',
    /^gatehouse\.yaml:4:7 server\.trusted_proxies\[1\]: found "10\.0\.0\.0\/33", expected an IP/,
  ],
  [
    'the mode domains without a domain',
    'sign_up:\n  mode: domains\n',
    'gatehouse.yaml:2:3 sign_up.mode: found "domains" without any sign_up.domains, expected at least one',
  ],
  [
    'domains that would have no effect',
    'sign_up:\n  domains: [example.com]\n',
    /^gatehouse\.yaml:2:3 sign_up\.domains: found domains while sign_up\.mode is "open"/,
  ],
  [
    'an absolute limit below the idle limit that was not set',
    'sessions:\n  absolute_hours: 24\n',
    /^gatehouse\.yaml:2:3 sessions\.absolute_hours: found idle_hours 168 above absolute_hours 24/,
  ],
  [
    'a bound on life while never is allowed',
    'tokens:\n  longest_life_days: 90\n',
    /^gatehouse\.yaml:2:3 tokens\.longest_life_days: found 90 while tokens\.allow_never is true/,
  ],
  [
    'metrics where the server listens',
    'metrics: { host: localhost, port: 4000 }',
    /^gatehouse\.yaml:1:29 metrics\.port: found 4000, where the server itself listens/,
  ],
  [
    'an empty catalogue',
    'scopes: []\nroles: {owner: [], admin: [], member: [], viewer: []}',
    /empty/,
  ],
  [
    'a preset with an unknown scope',
    'presets:\n  - name: Look\n    scopes: [asset.raed]\n',
    'gatehouse.yaml:3:14 presets[0].scopes[0]: found "asset.raed", which names no scope of the catalogue; did you mean asset.read?',
  ],
  [
    'a preset with a scope kept for apps',
    'presets:\n  - { name: Stay, scopes: [offline] }\n',
    /^gatehouse\.yaml:2:28 presets\[0\]\.scopes\[0\]: found "offline", which only apps may hold/,
  ],
  [
    'a role with a pattern that fits nothing',
    "roles:\n  owner: ['*']\n  admin: ['*']\n  member: ['*.fly']\n  viewer: []\n",
    /^gatehouse\.yaml:4:12 roles\.member\[0\]: found "\*\.fly", which names no scope/,
  ],
  [
    'a role that is missing',
    "roles: { owner: ['*'], admin: ['*'], member: ['*'] }",
    'gatehouse.yaml:1:1 roles: found no "viewer", which is required',
  ],
  [
    'a catalogue without roles',
    'scopes: [{ category: A, scopes: [{ name: a, description: do a }] }]',
    /^gatehouse\.yaml:1:1 scopes: found a catalogue without roles/,
  ],
  [
    'a scope named twice',
    `scopes:
  - category: A
    scopes:
      - { name: a, description: do a }
      - { name: a, description: do a }
roles: { owner: ['*'], admin: ['*'], member: ['*'], viewer: ['*'] }`,
    'gatehouse.yaml:5:11 scopes[0].scopes[1].name: found "a" a second time',
  ],
];

for (const [name, yaml, expected] of MISTAKES) {
  test(`${name} is refused with its line`, () => {
    const problems = problemsIn({ yaml });
    assert.equal(problems.length, 1, problems.join('\n'));
    if (typeof expected === 'string') assert.equal(problems[0], expected);
    else assert.match(problems[0] ?? '', expected);
  });
}

test('every mistake is told at once, those of the environment too', () => {
  const problems = problemsIn({
    yaml: 'log: { level: loud }\nmail: { from: nobody }\n',
    env: { GATEHOUSE_PORT: 'x', GATEHOUSE_LOG_LEVLE: 'info', GATEHOUSE_DATABASE_URL: 'mysql://x' },
  });
  assert.deepEqual(
    problems.map((problem) => problem.split(': ')[0]),
    [
      'GATEHOUSE_LOG_LEVLE',
      'gatehouse.yaml:1:8 log.level',
      'gatehouse.yaml:2:9 mail.from',
      'GATEHOUSE_PORT',
      'GATEHOUSE_DATABASE_URL',
    ],
  );
  assert.equal(
    problems[0],
    'GATEHOUSE_LOG_LEVLE: unknown variable; did you mean GATEHOUSE_LOG_LEVEL?',
  );
});

test('a conflict that a variable made is told with the variable', () => {
  const problems = problemsIn({ env: { GATEHOUSE_SIGN_UP: 'domains' } });
  assert.match(problems.join('\n'), /^GATEHOUSE_SIGN_UP: found "domains" without any/);
});

test('a secret in the file is refused with the variable it belongs in, and is not repeated', () => {
  const secrets = [
    ['storage: { database_url: "postgres://u:hunter2@h/d" }', 'GATEHOUSE_DATABASE_URL'],
    ['mail: { smtp_url: "smtp://u:hunter2@h" }', 'GATEHOUSE_SMTP_URL'],
    ['mail: { password: hunter2 }', 'GATEHOUSE_SMTP_URL'],
    ['master_secret: hunter2', 'GATEHOUSE_MASTER_SECRET'],
    ['server: { api_key: hunter2 }', 'GATEHOUSE_MASTER_SECRET'],
    ['storage: "postgres://u:hunter2@h/d"', 'expected a section'],
    ['mail: { password: !hunter2 x }', 'tag'],
    ['mail: { password: *hunter2 }', 'alias'],
    ['mail: { password: "a" "hunter2" }', ''],
    ['mail: { password: a }\n"hunter2', ''],
  ] as const;
  for (const [yaml, expected] of secrets) {
    const text = problemsIn({ yaml }).join('\n');
    assert.match(text, /^gatehouse\.yaml:/);
    assert.ok(text.includes(expected), text);
    assert.equal(text.includes('hunter2'), false);
  }
});

test('an entry of a long list that stands there twice is told', () => {
  const names = Array.from({ length: 2000 }, (_, at) => `d${at}.example.com`);
  const domains = { mode: 'domains', domains: [...names, 'd7.example.com'] };
  const problems = problemsIn({ yaml: stringify({ sign_up: domains }) });
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /found "d7\.example\.com" a second time$/);
});

test('bytes that are not UTF-8 and aliases that explode are refused, not obeyed', () => {
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let at = 1; at < 9; at += 1) {
    bomb.push(
      `a${at}: &a${at} [${Array(9)
        .fill(`*a${at - 1}`)
        .join(', ')}]`,
    );
  }
  assert.match(problemsIn({ yaml: bomb.join('\n') }).join(), /cannot be read as YAML/);
  assert.match(problemsIn({ yaml: '['.repeat(20_000) }).join(), /gatehouse\.yaml/);
});

/** What reading does with a text, short of the files and secrets around it. */
function judge(text: string): void {
  try {
    const file = parseConfigFile(text, 'gatehouse.yaml');
    for (const { path } of complaintsAbout(FileSchema, file.value)) {
      assert.match(file.locate(path), /^gatehouse\.yaml:\d+:\d+$/);
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
}

test('arbitrary text and arbitrary YAML end in a value or in a ConfigError', () => {
  fc.assert(fc.property(fc.string({ maxLength: 200, unit: 'binary' }), judge));
  const keys = fc.constantFrom('brand', 'scopes', 'name', 'metrics', '__proto__', 'roles', 'x');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.anything({ maxDepth: 1 }),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(keys, tree), (value) => {
      judge(stringify(JSON.parse(JSON.stringify(value))));
    }),
  );
});
