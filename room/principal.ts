/** A party that limits and sanctions apply to: a key, or a network for all without a key there. */
export interface Principal {
  /** The fingerprint of the proven key; undefined without one. */
  readonly key: string | undefined;
  /** The network that the peer connects from. */
  readonly network: string;
}

/** Returns the text that identifies a principal: its key, or its network if it has none. */
export function principalId({ key, network }: Principal): string {
  return key ?? network;
}
