/** The modules' plain counts as Prometheus sees them. Nothing is done until somebody asks. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { inTime } from '../kit/in-time.ts';
import type { Tally } from '../kit/tally.ts';
import type { Modules } from './modules.ts';

/** A scrape must answer although the database does not. */
const PATIENCE_SECONDS = 2;

interface CountFigure {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly tally: Tally<string>;
}

export function registerFigures(registry: Registry, modules: Modules): void {
  for (const figure of countFigures(modules)) registerCount(registry, figure);
  registerJobs(registry, modules);
  registerOutbox(registry, modules);
  registerGauge(registry, {
    name: 'gatehouse_storage_write_fault',
    help: '1 while the database refuses writes, as on a full disk; otherwise 0',
    read: () => (modules.storage.writeFault() === null ? 0 : 1),
  });
  registerGauge(registry, {
    name: 'gatehouse_passwords_waiting',
    help: 'Passwords that wait for their turn to be hashed',
    read: () => modules.passwords.waiting,
  });
}

const countFigures = ({ counts }: Modules): readonly CountFigure[] => [
  {
    name: 'gatehouse_checks_total',
    help: 'Verdicts about credentials by outcome',
    label: 'outcome',
    tally: counts.checks,
  },
  {
    name: 'gatehouse_check_facts_total',
    help: 'Well-formed credentials by where their facts came from',
    label: 'source',
    tally: counts.facts,
  },
  {
    name: 'gatehouse_events_total',
    help: 'Events written to the audit log by type',
    label: 'type',
    tally: counts.events,
  },
  {
    name: 'gatehouse_sign_ins_total',
    help: 'Sign-ins with a password by outcome',
    label: 'outcome',
    tally: counts.signIns,
  },
  {
    name: 'gatehouse_mail_deliveries_total',
    help: 'Attempts to deliver a message by outcome',
    label: 'outcome',
    tally: counts.mail,
  },
  {
    name: 'gatehouse_uncaught_total',
    help: 'Failures that no code handled, by kind',
    label: 'kind',
    tally: counts.uncaught,
  },
  {
    name: 'gatehouse_dropped_total',
    help: 'Rows that a batch left out so that the others could go on, by batch',
    label: 'batch',
    tally: counts.dropped,
  },
  {
    name: 'gatehouse_clock_steps_total',
    help: 'Times that the clock of the machine was set by two seconds or more, by direction',
    label: 'direction',
    tally: counts.clockSteps,
  },
];

function registerCount(registry: Registry, { name, help, label, tally }: CountFigure): void {
  const counter = new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      counter.reset();
      for (const [value, count] of tally.entries()) counter.inc({ [label]: value }, count);
    },
  });
}

function registerJobs(registry: Registry, { counts: { jobs } }: Modules): void {
  const counter = new Counter({
    name: 'gatehouse_job_runs_total',
    help: 'Runs of background jobs by job and outcome',
    labelNames: ['job', 'outcome'],
    registers: [registry],
    collect() {
      counter.reset();
      for (const outcome of ['done', 'failed'] as const) {
        for (const [job, count] of jobs[outcome].entries()) counter.inc({ job, outcome }, count);
      }
    },
  });
}

interface GaugeFigure {
  readonly name: string;
  readonly help: string;
  /** `null`: unknown at this moment; the figure is left out. */
  readonly read: () => number | null | Promise<number | null>;
}

function registerGauge(registry: Registry, { name, help, read }: GaugeFigure): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await read();
      if (value === null) gauge.remove();
      else gauge.set(value);
    },
  });
}

function registerOutbox(registry: Registry, { storage, clock }: Modules): void {
  const depth = () =>
    inTime(storage.outbox.depth(), { seconds: PATIENCE_SECONDS, late: null }).catch(() => null);
  registerGauge(registry, {
    name: 'gatehouse_outbox_waiting',
    help: 'Messages that are neither delivered nor given up',
    read: async () => (await depth())?.waiting ?? null,
  });
  registerGauge(registry, {
    name: 'gatehouse_outbox_held',
    help: 'Messages among them that wait for a mail server that takes none from us or cannot be reached',
    read: () =>
      inTime(
        storage.outbox.held().then((held) => held?.count ?? 0),
        { seconds: PATIENCE_SECONDS, late: null },
      ).catch(() => null),
  });
  registerGauge(registry, {
    name: 'gatehouse_outbox_oldest_seconds',
    help: 'Age of the oldest message that waits; 0 when none does',
    read: async () => {
      const outbox = await depth();
      if (outbox === null) return null;
      return outbox.oldestAt === null ? 0 : clock() - outbox.oldestAt;
    },
  });
}
