/** What pages, routes and commands read of what users allowed. What changes something is an act. */
import { pick } from '../kit/pick.ts';
import type { ConsentStores, GrantStore } from './ports.ts';

export interface ConsentReads {
  readonly grants: Pick<GrantStore, 'findIn' | 'connections'>;
}

export const readsOf = ({ grants }: ConsentStores): ConsentReads => ({
  grants: pick(grants, 'findIn', 'connections'),
});
