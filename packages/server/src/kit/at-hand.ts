/** What is often at hand and sometimes must be waited for. To wait for what is there costs more than much of the work. */
export type AtHand<Value> = Value | Promise<Value>;

/** Goes on at once where it can. */
export const andThen = <Value, Result>(
  value: AtHand<Value>,
  work: (value: Value) => AtHand<Result>,
): AtHand<Result> => (value instanceof Promise ? value.then(work) : work(value));
