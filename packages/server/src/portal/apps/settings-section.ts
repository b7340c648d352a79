import type { App } from '../../apps/types.ts';
import type { PortalContext } from '../portal-context.ts';
import { codeBlock, tabs } from '../ui/code.ts';
import type { Html } from '../ui/html.ts';
import { section } from '../ui/parts.ts';
import { settingsFor } from './settings/settings.ts';

/** Filled in with what the app is, and with its secret on the one page that shows it. */
export const settingsSection = (
  { brand, baseUrl }: PortalContext,
  { app, secret = null }: { readonly app: App; readonly secret?: string | null },
): Html =>
  section(
    { title: 'Settings to copy', lead: LEADS[app.type] },
    tabs({
      label: 'Client libraries',
      tabs: settingsFor({ app, brand: brand.name, baseUrl, secret }).map(({ id, label, code }) => ({
        id,
        label,
        body: codeBlock({ id: `settings-${id}`, label: `Settings for ${label}`, value: code }),
      })),
    }),
  );

const LEADS: Readonly<Record<App['type'], string>> = {
  web: 'Whole programs for the authorization code flow with PKCE and the client secret.',
  public: 'Whole programs for the authorization code flow with PKCE, without a secret.',
  service: 'Whole programs for the client credentials grant: the app as itself.',
};
