/** What the programs for all libraries are printed with. */
import type { App } from '../../../apps/types.ts';
import { joinScopes } from '../../../catalogue/catalogue.ts';

export interface SettingsOf {
  readonly app: Pick<
    App,
    'id' | 'type' | 'redirectUris' | 'scopes' | 'optionalScopes' | 'mayIntrospect'
  >;
  readonly brand: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** `null` where it is not shown: the program asks for it. */
  readonly secret: string | null;
}

/** What every program says before it waits for the address that the browser came back to. */
export const OPEN = 'Open this in a browser and allow the app:';
export const PASTE = 'Paste the address that the browser came back to: ';
export const ASK_SECRET = 'Client secret: ';

export const isPublic = ({ app }: SettingsOf): boolean => app.type === 'public';
/** The program has to ask for it. */
export const asksSecret = (given: SettingsOf): boolean => !isPublic(given) && given.secret === null;
export const redirectUriOf = ({ app }: SettingsOf): string => app.redirectUris[0] ?? '';
export const scopeOf = ({ app }: SettingsOf): string => joinScopes(app.scopes);
export const isPlainHttp = ({ baseUrl }: SettingsOf): boolean => baseUrl.startsWith('http:');
export const lines = (...parts: readonly (string | false)[]): string =>
  parts.filter((part) => part !== false).join('\n');

/** JavaScript, Python and Go agree on what JSON writes. */
export const quote = (text: string): string => JSON.stringify(text);
