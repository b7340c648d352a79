/** Which account a client is to act in. */

interface Place {
  readonly account: { readonly id: string };
  /** What the user allowed the client there; `null`: nothing. */
  readonly grant: object | null;
}

/** The account that is named, else one in which the client was allowed before, else the user's own, which comes first. */
export const chooseAccount = <Known extends Place>(
  places: readonly Known[],
  named: string,
): Known | undefined =>
  places.find(({ account }) => account.id === named) ??
  places.find(({ grant }) => grant !== null) ??
  places[0];
