import { parseIp } from "../text/ip.ts";
import { isKeyFingerprint } from "./identity.ts";
import { parseNetwork, toNetwork } from "./network.ts";

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

/**
 * Returns the id of the principal that a text in the form of a fingerprint, an IP address or a
 * network means, whatever names there are; undefined for any other text.
 */
export function parsePrincipal(text: string): string | undefined {
  if (isKeyFingerprint(text)) return text;
  return parseIp(text) ? toNetwork(text) : parseNetwork(text);
}
