/** Takes the entries of these keys out of a map; what it does not hold is left out. */
export function takeOut<Key, Value>(map: Map<Key, Value>, keys: readonly Key[]): Map<Key, Value> {
  const taken = new Map<Key, Value>();
  for (const key of keys) {
    const value = map.get(key);
    if (value !== undefined) taken.set(key, value);
    map.delete(key);
  }
  return taken;
}
