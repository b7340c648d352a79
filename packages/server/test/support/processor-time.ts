/** What work costs, told by the processor: other programs on the machine change it little, and elapsed time very much. */

/** Milliseconds of the processor that this thread took. */
export async function processorTime(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
