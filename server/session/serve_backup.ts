import { admit, checkAdmission, readJoin } from "../access/admission.ts";
import { refuse } from "../events/refusal.ts";
import { encode } from "../server_frame.ts";
import type { SessionOptions, SessionPeer } from "./peer.ts";

/** Sends an operator a copy of all data; refuses everyone else. */
export async function serveBackup(peer: SessionPeer, options: SessionOptions): Promise<void> {
  const { gate, backups, report } = options;
  const { address } = peer;
  let key: string | undefined;
  let bytes = 0;
  try {
    const { join } = await readJoin(peer);
    const request = await admit(peer, join, options, "backup");
    key = request.key;
    gate.checkOperator(key);
    peer.joined();
    for await (const copy of backups.stream(peer.signal)) {
      // Checked for every piece: lists and bans may change during a long copy.
      checkAdmission(request, options);
      gate.checkOperator(key);
      await peer.write(encode({ copy }), peer.signal);
      bytes += copy.piece?.length ?? 0;
    }
  } catch (error) {
    peer.refuse(refuse(error, { key, address }, report));
  } finally {
    // A peer that left early has received this much all the same.
    if (bytes > 0) report({ type: "backup", key, address, bytes });
  }
}
