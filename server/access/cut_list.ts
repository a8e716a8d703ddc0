/** The most sanctions or names in one answer, since the size of a frame is limited. */
const MAX_LISTED = 1_000;

/**
 * Returns the start of a list that fits into an answer, and words that count the rest; no words if
 * everything fits.
 */
export function cutList<T>(
  all: readonly T[],
  describeRest: (count: number) => string,
): { readonly items: T[]; readonly words: string } {
  const rest = all.length - MAX_LISTED;
  return { items: all.slice(0, MAX_LISTED), words: rest > 0 ? `and ${describeRest(rest)}` : "" };
}
