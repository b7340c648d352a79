/**
 * How many events one person can leave in the log within a day. Counted where events are appended, in the transaction of what
 * they report, so that no act can be added that is not bounded. What ends access is never refused.
 */
import { isLimited, type Event, type EventType } from '../audit/event.ts';
import type { Clock } from '../kit/clock.ts';
import type { Rules } from '../limits/rules.ts';
import { secondsToWait } from '../limits/window.ts';
import type { Storage, Stores } from '../storage/storage.ts';

/**
 * `act`: refused beyond the budget. `sign-in`: the same with a budget of its own, so that acts by a stolen token keep nobody
 * out. `once`: each needs another act before it can be done again, or is counted elsewhere, and is not counted. `ending`: done
 * beyond the budget too, then without an event. `incident`: reported by the server about somebody, the same.
 */
type Bound = 'act' | 'sign-in' | 'once' | 'ending' | 'incident';

const BOUNDS: Readonly<Record<EventType, Bound>> = {
  user_created: 'once',
  user_updated: 'act',
  user_login: 'sign-in',
  user_login_attempt: 'once',
  new_device_login: 'once',
  user_deactivated: 'once',
  user_reactivated: 'act',
  user_exported: 'act',
  user_deletion_requested: 'once',
  user_deletion_cancelled: 'act',
  user_erased: 'once',
  email_confirmed: 'once',
  email_change_requested: 'act',
  email_changed: 'once',
  email_change_undone: 'once',
  password_changed: 'ending',
  password_reset_requested: 'once',
  session_revoked: 'once',
  identity_confirmed: 'ending',
  identity_refused: 'once',
  access_ended: 'ending',
  role_added: 'act',
  role_removed: 'once',
  operator_added: 'act',
  operator_removed: 'once',
  user_token_created: 'act',
  user_token_updated: 'act',
  user_token_enabled: 'act',
  user_token_disabled: 'once',
  user_token_rotated: 'act',
  user_token_deleted: 'once',
  user_token_exposed: 'once',
  oauth_app_created: 'act',
  oauth_app_updated: 'act',
  oauth_app_enabled: 'act',
  oauth_app_disabled: 'once',
  oauth_app_deleted: 'once',
  oauth_app_transferred: 'act',
  oauth_app_received: 'once',
  oauth_app_offered: 'act',
  oauth_app_offer_received: 'once',
  oauth_app_offer_withdrawn: 'once',
  oauth_app_offer_declined: 'once',
  oauth_secret_created: 'act',
  oauth_secret_revoked: 'once',
  oauth_secret_end_changed: 'act',
  oauth_grant_created: 'act',
  oauth_grant_updated: 'act',
  oauth_grant_narrowed: 'ending',
  oauth_grant_revoked: 'once',
  oauth_code_replayed: 'incident',
  oauth_refresh_reused: 'incident',
  oauth_refresh_repeated: 'incident',
};

/** Ends a request with 429. Nothing was changed. */
export class DayBudgetSpent extends Error {
  readonly statusCode = 429;
  readonly code = 'day_limit_reached';
  readonly retryAfterSeconds: number;

  constructor(most: number, retryAfterSeconds: number) {
    super(
      `${most} changes were made within a day, the most that one person may make. Come back in ${retryAfterSeconds} s. Revoking, disabling and signing out still work.`,
    );
    this.name = 'DayBudgetSpent';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface DayBudget {
  readonly rules: Rules;
  readonly clock: Clock;
}

export function boundEvents(storage: Storage, budget: DayBudget): Storage {
  const within = (stores: Stores): Stores => ({
    ...stores,
    events: {
      ...stores.events,
      async append(event) {
        if (await hasRoom(stores, event, budget)) await stores.events.append(event);
      },
      appendOfUser: async (event) =>
        (await hasRoom(stores, event, budget)) && stores.events.appendOfUser(event),
    },
  });
  const transaction: Storage['transaction'] = (work, options) =>
    storage.transaction((stores) => work(within(stores)), options);
  return {
    ...storage,
    transaction,
    events: {
      ...storage.events,
      append: (event) => transaction(({ events }) => events.append(event)),
      appendOfUser: (event) => transaction(({ events }) => events.appendOfUser(event)),
    },
  };
}

/** Whether the event is written; throws where the act is refused. */
async function hasRoom(
  { attempts }: Pick<Stores, 'attempts'>,
  event: Event,
  { rules, clock }: DayBudget,
): Promise<boolean> {
  const bound = BOUNDS[event.type];
  if (bound === 'once' || !isLimited(event)) return true;
  const who = bound === 'incident' ? (event.userId ?? event.resourceId) : event.actorId;
  if (who === null) return true;
  const now = clock();
  const kind = bound === 'ending' ? 'act' : bound;
  const limit = rules('eventsOfDay', kind, who);
  const seconds = await secondsToWait(attempts, limit, now);
  if (seconds === 0) return true;
  if (bound === 'act' || bound === 'sign-in') throw new DayBudgetSpent(limit.most, seconds);
  return false;
}
