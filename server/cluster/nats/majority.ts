/** In a millisecond. */
const NANOSECONDS = 1e6;

/** What a node answers about the nodes that store a stream. */
export interface StreamNodes {
  /** The node that leads; none if there is no majority. */
  readonly leader?: string | undefined;
  /** The other nodes, and how long ago that one heard from them, in nanoseconds. */
  readonly replicas?: readonly { readonly active: number }[] | undefined;
}

/**
 * Returns for how long a stream has not been served by a majority of its nodes, in milliseconds, as
 * far as the node knows that answered. `Infinity` if no node leads the stream.
 *
 * Only a node that leads should answer, but others do: one that was cut off believes for about ten
 * seconds that it still leads, and one that led last answers while there is no majority.
 *
 * @param nodes undefined for a node that is alone.
 */
export function silenceAround(nodes: StreamNodes | undefined): number {
  if (!nodes) return 0;
  if (!nodes.leader) return Infinity;
  const silences = (nodes.replicas ?? []).map(({ active }) => active / NANOSECONDS);
  const needed = Math.floor((silences.length + 1) / 2);
  return silences.toSorted((a, b) => a - b)[needed - 1] ?? 0;
}
