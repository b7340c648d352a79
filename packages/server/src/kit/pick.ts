/** A new object with the named properties alone: nothing else of the whole can be reached through it. */
export function pick<Whole extends object, Name extends keyof Whole>(
  whole: Whole,
  ...names: readonly Name[]
): Pick<Whole, Name> {
  // Exactly the named properties, which the compiler does not see of entries.
  return Object.fromEntries(names.map((name) => [name, whole[name]])) as Pick<Whole, Name>;
}
