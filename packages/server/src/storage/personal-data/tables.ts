/**
 * What each table holds about a person. The type asks for an entry for every table of the schema, and a test for every
 * column of each, so that a new one cannot be forgotten by an export or an erasure.
 */
import { LOGS, PEOPLE } from './people.ts';
import { APPS, ISSUED, TOKENS } from './programs.ts';
import { SHORT_LIVED_DATA } from '../short-lived/tables.ts';
import type { Tables } from './table.ts';

export const PERSONAL_DATA: Tables = {
  ...PEOPLE,
  ...TOKENS,
  ...APPS,
  ...SHORT_LIVED_DATA,
  ...ISSUED,
  ...LOGS,
};
