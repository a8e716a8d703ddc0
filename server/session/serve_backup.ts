import { checkAdmission, readJoin } from "../access/admission.ts";
import { authenticate } from "../access/authenticate.ts";
import { nextTick } from "../event_loop.ts";
import { refuse } from "../events/refusal.ts";
import type { Peer } from "../peer.ts";
import { encode } from "../server_frame.ts";
import type { ChatServices } from "./services.ts";

/** Sends an operator a copy of all data; refuses everyone else. */
export async function serveBackup(peer: Peer, services: ChatServices): Promise<void> {
  const { gate, backups, report } = services;
  const { address } = peer;
  let key: string | undefined;
  let bytes = 0;
  try {
    const { join } = await readJoin(peer);
    const request = await authenticate(peer, join, services, "backup");
    key = request.key;
    gate.checkOperator(key);
    peer.joined();
    for await (const copy of backups.stream(peer.signal)) {
      // Checked for every piece: lists and bans may change during a long copy.
      checkAdmission(request, services);
      gate.checkOperator(key);
      await peer.write(encode({ copy }), peer.signal);
      await nextTick(); // A fast peer must not starve the others.
      bytes += copy.piece?.length ?? 0;
    }
  } catch (error) {
    peer.refuse(refuse(error, { key, address }, report));
  } finally {
    // A peer that left early has received this much all the same.
    if (bytes > 0) report({ type: "backup", key, address, bytes });
  }
}
