/** Hears of what a bound has refused: of which kind, and in words. */
export type Refused = (kind: string, words: string) => void;

/** How long one line stands for all refusals of its kind, in milliseconds. */
const QUIET_MS = 1_000;

/**
 * Makes what hears of refusals pass them to `report`, but no more than one of a kind a
 * second, which says how many there were: a flood must not become a flood of reports.
 */
export function sparingly(
  report: (words: string) => void,
  now: () => number = () => performance.now(),
): Refused {
  const kinds = new Map<string, { readonly since: number; unsaid: number }>();
  return (kind, words) => {
    const last = kinds.get(kind);
    if (last && now() - last.since < QUIET_MS) {
      last.unsaid++;
      return;
    }
    kinds.set(kind, { since: now(), unsaid: 0 });
    report(last?.unsaid ? `${words} (and ${last.unsaid} more of the kind before)` : words);
  };
}
