/** Which fields of a notice people typed, or their browsers said. */
import type { Notice } from './ports.ts';

export type TypedField = 'to' | 'name' | 'description' | 'appName' | 'by' | 'agent';

/** A notice without them: what may stand in a subject, and in a message to an address that nobody has proved. */
export type WithoutTyped<Some extends Notice> = Some extends Notice
  ? Omit<Some, TypedField>
  : never;
