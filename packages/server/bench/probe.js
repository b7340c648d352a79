/**
 * Loaded into a server under measurement with `--import`: tells its parent what the process has used, and costs nothing
 * between questions. JavaScript, because reading TypeScript would bring a compiler into the process that is measured.
 */
process.on('message', (message) => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  const residentBytes = process.memoryUsage.rss();
  process.send({ usage: { cpuMilliseconds: (user + system) / 1000, residentBytes } });
});

process.on('disconnect', () => process.exit());
// A listener keeps the process alive, which would hide whether the server ends by itself.
process.channel?.unref();
