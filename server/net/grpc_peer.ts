/**
 * Peers as gRPC names them: `ADDRESS:PORT`, without brackets around an IPv6 address, and
 * `unix:NUMBER` for a Unix socket.
 *
 * @module
 */

/** The address of the other end of a socket. */
export interface RemoteAddress {
  /** Its IP address, or `unix`. */
  readonly remoteAddress: string;
  /** Its port, or the number of a Unix socket. */
  readonly remotePort: number;
}

/** Returns the peer at the other end of a socket. */
export function toPeer({ remoteAddress, remotePort }: RemoteAddress): string {
  return `${remoteAddress}:${remotePort}`;
}

/** Returns the address of a peer. */
export function peerAddress(peer: string): string {
  return peer.replace(/:\d+$/, "");
}
