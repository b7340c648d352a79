/** Epoch seconds as every answer writes them: ISO 8601, UTC, with milliseconds. */
export const isoTime = (at: number): string => new Date(at * 1000).toISOString();

export const isoTimeOrNull = (at: number | null): string | null =>
  at === null ? null : isoTime(at);
