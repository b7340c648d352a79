/** Work of which no part may be skipped because another part failed. What failed is thrown when all is done. */

/** One step after the other. */
export async function runAll(
  steps: readonly (() => Promise<unknown>)[],
  message: string,
): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, message);
}

/** Waits until every one has ended, however it did. */
export async function awaitAll(
  pending: readonly Promise<unknown>[],
  message: string,
): Promise<void> {
  const results = await Promise.allSettled(pending);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length > 0) throw new AggregateError(failures, message);
}
