/** What every port promises. A new port adds its suite to the list. */
import type { OpenPlace } from './places.ts';
import { describeAccess } from './suites/access.ts';
import { describeAccounts } from './suites/accounts.ts';
import { describeCredentials, describeDeveloperTokens } from './suites/developer-tokens.ts';
import { describeChanges } from './suites/changes.ts';
import { describeAppRaces } from './suites/app-races.ts';
import { describeAppOffers } from './suites/app-offers.ts';
import { describeApps } from './suites/apps.ts';
import { describeGrants, describeIssued } from './suites/oauth.ts';
import { describeInteractions } from './suites/interactions.ts';
import { describeEndedAccess } from './suites/ended-access.ts';
import { describeEndingGrants } from './suites/ending-grants.ts';
import { describeEvents } from './suites/events.ts';
import { describeLists } from './suites/lists.ts';
import { describeMigrations } from './suites/migrations.ts';
import { describeOutbox } from './suites/outbox.ts';
import { describeReturns } from './suites/returns.ts';
import { describeSentForms } from './suites/sent-forms.ts';
import { describeDevices, describeProofs, describeSessions } from './suites/sign-in-state.ts';
import { describeTransactions } from './suites/transactions.ts';
import { describeUsage } from './suites/usage.ts';
import { describeUsers } from './suites/users.ts';

export const SUITES: readonly ((open: OpenPlace) => void)[] = [
  describeUsers,
  describeAccounts,
  describeAccess,
  describeSessions,
  describeProofs,
  describeDevices,
  describeReturns,
  describeSentForms,
  describeEvents,
  describeDeveloperTokens,
  describeChanges,
  describeCredentials,
  describeUsage,
  describeOutbox,
  describeApps,
  describeAppRaces,
  describeAppOffers,
  describeEndingGrants,
  describeEndedAccess,
  describeGrants,
  describeIssued,
  describeInteractions,
  describeLists,
  describeTransactions,
  describeMigrations,
];
