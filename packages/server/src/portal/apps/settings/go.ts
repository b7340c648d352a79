/** Whole programs: `go mod init example && go get golang.org/x/oauth2` beside them is all that they need. */
import { PATHS } from '../../../oauth/metadata.ts';
import {
  ASK_SECRET,
  asksSecret,
  isPublic,
  lines,
  OPEN,
  PASTE,
  quote,
  redirectUriOf,
  type SettingsOf,
} from './printed.ts';

const scopesOf = ({ app }: SettingsOf): string => `[]string{${app.scopes.map(quote).join(', ')}}`;

const program = (imports: readonly string[], ...body: readonly (string | false)[]): string =>
  lines(
    'package main',
    '',
    'import (',
    ...imports.map((name) => (name === '' ? '' : `\t${quote(name)}`)),
    ')',
    '',
    'func main() {',
    ...body.map((line) => (line === false || line === '' ? line : `\t${line}`)),
    '}',
  );

const secretLines = (given: SettingsOf): readonly (string | false)[] => [
  asksSecret(given) && 'var secret string',
  asksSecret(given) && `fmt.Print(${quote(ASK_SECRET)})`,
  asksSecret(given) && 'fmt.Scanln(&secret)',
];

const secretOf = ({ secret }: SettingsOf): string => (secret === null ? 'secret' : quote(secret));

export const goForPeople = (given: SettingsOf): string =>
  program(
    ['context', 'fmt', 'net/url', '', 'golang.org/x/oauth2'],
    ...secretLines(given),
    'config := &oauth2.Config{',
    `\tClientID:     ${quote(given.app.id)},`,
    !isPublic(given) && `\tClientSecret: ${secretOf(given)},`,
    `\tRedirectURL:  ${quote(redirectUriOf(given))},`,
    `\tScopes:       ${scopesOf(given)},`,
    '\tEndpoint: oauth2.Endpoint{',
    `\t\tAuthURL:   ${quote(given.baseUrl + PATHS.authorize)},`,
    `\t\tTokenURL:  ${quote(given.baseUrl + PATHS.token)},`,
    `\t\tAuthStyle: oauth2.AuthStyleIn${isPublic(given) ? 'Params' : 'Header'},`,
    '\t},',
    '}',
    '',
    '// A server keeps both in the session of the browser.',
    'state, verifier := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()',
    `fmt.Println(${quote(OPEN)})`,
    'fmt.Println(config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)))',
    `fmt.Print(${quote(PASTE)})`,
    'var address string',
    'fmt.Scanln(&address)',
    '',
    'back, err := url.Parse(address)',
    'if err != nil || back.Query().Get("state") != state {',
    '\tpanic("This answers another request.")',
    '}',
    'code := back.Query().Get("code")',
    'token, err := config.Exchange(context.Background(), code, oauth2.VerifierOption(verifier))',
    'if err != nil {',
    '\tpanic(err)',
    '}',
    'fmt.Println(token.AccessToken)',
  );

export const goForService = (given: SettingsOf): string =>
  program(
    ['context', 'fmt', '', 'golang.org/x/oauth2', 'golang.org/x/oauth2/clientcredentials'],
    ...secretLines(given),
    'config := &clientcredentials.Config{',
    `\tClientID:     ${quote(given.app.id)},`,
    `\tClientSecret: ${secretOf(given)},`,
    `\tTokenURL:     ${quote(given.baseUrl + PATHS.token)},`,
    `\tScopes:       ${scopesOf(given)},`,
    '\tAuthStyle:    oauth2.AuthStyleInHeader,',
    '}',
    'token, err := config.Token(context.Background())',
    'if err != nil {',
    '\tpanic(err)',
    '}',
    'fmt.Println(token.AccessToken)',
  );
