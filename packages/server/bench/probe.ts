/** Loaded into a server under measurement with `--import`: tells its parent what the process has used. Costs nothing between questions. */
export interface Usage {
  /** Processor time of the whole process, its threads and the kernel's work for it included. */
  readonly cpuMilliseconds: number;
  readonly residentBytes: number;
}

process.on('message', (message) => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  const usage: Usage = {
    cpuMilliseconds: (user + system) / 1000,
    residentBytes: process.memoryUsage.rss(),
  };
  process.send?.({ usage });
});

process.on('disconnect', () => process.exit());
// A listener keeps the process alive, which would hide whether the server ends by itself.
process.channel?.unref();
