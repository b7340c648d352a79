/** Answers `late` when the value has not come in time. What was begun goes on; only the waiting ends. */
export async function inTime<Value, Late>(
  pending: Promise<Value>,
  limit: { readonly seconds: number; readonly late: Late },
): Promise<Value | Late> {
  const { promise, resolve } = Promise.withResolvers<Late>();
  const timer = setTimeout(resolve, limit.seconds * 1000, limit.late);
  try {
    return await Promise.race([pending, promise]);
  } finally {
    clearTimeout(timer);
  }
}
