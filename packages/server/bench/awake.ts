/**
 * Keeps a generator from falling asleep between two answers. On loopback a server's write pays for waking whoever waits
 * for it, which costs more than the write itself, and the slower server pays it more often.
 */
export async function awake<T>(work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const turn = (): void => {
    if (!isOver) setImmediate(turn);
  };
  turn();
  try {
    return await work();
  } finally {
    isOver = true;
  }
}
