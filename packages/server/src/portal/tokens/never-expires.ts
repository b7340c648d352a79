/** Tokens that never expire are made after a step-up: what a stolen session makes must end by itself. */
import { choice } from '../../http/form.ts';
import type { PortalContext } from '../portal-context.ts';
import { sometimes, type StepUp } from '../step-up.ts';
import { ownToken } from './own.ts';
import { LIVES } from './token-form.ts';

export const newNever = sometimes(
  'the token never expires',
  ({ form }) => choice(form, 'expires_in', LIVES) === 'never',
);

/** The successor lives as long as the token was made to. */
export const rotatedNever = (context: PortalContext): StepUp =>
  sometimes(
    'the token never expires',
    async (visit) => (await ownToken(context, visit)).expiresAt === null,
  );
