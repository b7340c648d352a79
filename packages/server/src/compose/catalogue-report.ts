/**
 * How many tokens, apps and consents name scopes that are not in the catalogue. Read in small steps between which everything else
 * has its turn, after the start and by `doctor`. Changes nothing.
 */
import { countOf } from '../kit/plural.ts';
import type { Logger } from 'pino';
import type { Clock } from '../kit/clock.ts';
import type { NamingKind } from '../oauth/ports.ts';
import type { Catalogues } from '../catalogue/catalogues.ts';
import type { Storage } from '../storage/storage.ts';

export interface GoneScopes {
  readonly counts: Readonly<Record<NamingKind, number>>;
  /** At most a few of the names. */
  readonly names: readonly string[];
}

interface Installation {
  readonly storage: Pick<Storage, 'namedScopes'>;
  readonly catalogues: Catalogues;
  readonly clock: Clock;
}

const ROWS_A_STEP = 500;
const MOST_NAMES = 10;
const KINDS: readonly NamingKind[] = ['tokens', 'apps', 'grants'];

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Rows of one kind, a step at a time. */
async function* steps({ storage, clock }: Installation, kind: NamingKind) {
  const now = clock();
  let after = '';
  for (;;) {
    const rows = await storage.namedScopes.page(kind, { after, limit: ROWS_A_STEP, now });
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_A_STEP) return;
    after = last.id;
    await turn();
  }
}

/** `null` when it was told to stop. */
export async function findGoneScopes(
  installation: Installation,
  isStopped: () => boolean = () => false,
): Promise<GoneScopes | null> {
  const counts = { tokens: 0, apps: 0, grants: 0 };
  const names = new Set<string>();
  for (const kind of KINDS) {
    for await (const rows of steps(installation, kind)) {
      if (isStopped()) return null;
      const gone = rows.map(({ scopes }) => installation.catalogues.current().gone(scopes));
      counts[kind] += gone.filter((one) => one.length > 0).length;
      addSome(names, gone.flat());
    }
  }
  return { counts, names: [...names].toSorted() };
}

function addSome(names: Set<string>, more: readonly string[]): void {
  for (const name of more) if (names.size < MOST_NAMES) names.add(name);
}

/** `2 tokens, 1 app and 3 consents name scopes that are not in the catalogue: a, b`; `null` when nothing does. */
export function sayGone({ counts, names }: GoneScopes): string | null {
  const { tokens, apps, grants } = counts;
  if (tokens + apps + grants === 0) return null;
  const what = `${countOf(tokens, 'token')}, ${countOf(apps, 'app')} and ${countOf(grants, 'consent')}`;
  const more = names.length === MOST_NAMES ? ' and perhaps others' : '';
  return `${what} name scopes that are not in the catalogue: ${names.join(', ')}${more}`;
}

export interface CatalogueReport {
  start(): void;
  /** Resolves when nothing is read any more. */
  stop(): Promise<void>;
}

/** One line in the log, some time after the start. */
export function createCatalogueReport(
  installation: Installation,
  logger: Pick<Logger, 'warn'>,
): CatalogueReport {
  let isStopped = false;
  let running: Promise<void> | undefined;

  async function report(): Promise<void> {
    try {
      const found = await findGoneScopes(installation, () => isStopped);
      const said = found === null ? null : sayGone(found);
      if (found !== null && said !== null)
        logger.warn({ ...found.counts, scopes: found.names }, said);
    } catch (error) {
      if (!isStopped)
        logger.warn({ err: error }, 'the catalogue could not be compared with what names it');
    }
  }

  return {
    start() {
      running ??= report();
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}
