/** Bodies that this installation takes as they stand, from somebody whose token holds the scope. */
import { days } from '../../../kit/clock.ts';
import type { ApiContext } from '../../api-context.ts';

/** One that only looks, where there is one. */
export const scopesOf = ({ catalogues }: ApiContext): string[] => {
  const { forTokens } = catalogues.current();
  const scope = forTokens.find(({ level }) => level === 'read') ?? forTokens[0];
  return scope === undefined ? [] : [scope.name];
};

const USUAL_DAYS = 30;

export const newToken = (context: ApiContext) => ({
  description: 'Nightly export',
  scopes: scopesOf(context),
  expires_in: days(Math.min(USUAL_DAYS, context.tokens.policy.longestLifeDays ?? USUAL_DAYS)),
});

export const newApp = (context: ApiContext) => ({
  app_type: 'web' as const,
  name: 'Cutting Room',
  scopes: scopesOf(context),
  redirect_uris: ['https://app.example.com/callback'],
});
