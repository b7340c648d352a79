/** What `doctor` found: one line a finding. A warning works and is seldom meant; what failed does not work. */
export interface Finding {
  readonly check: CheckName;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly message: string;
}

export type CheckName =
  | 'configuration'
  | 'data directory'
  | 'master secret'
  | 'database'
  | 'disk'
  | 'migrations'
  | 'catalogue'
  | 'mail'
  | 'base URL'
  | 'clock';

export const ok = (check: CheckName, message: string): Finding => ({ check, state: 'ok', message });

export const warning = (check: CheckName, message: string): Finding => ({
  check,
  state: 'warning',
  message,
});

export const failed = (check: CheckName, message: string): Finding => ({
  check,
  state: 'failed',
  message,
});
