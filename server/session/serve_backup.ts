import { type AdmissionOptions, admit, checkAdmission, readJoin } from "../access/admission.ts";
import type { Report } from "../events/event.ts";
import { refuse } from "../events/refusal.ts";
import { encode } from "../server_frame.ts";
import type { Backups } from "../storage/backups.ts";
import type { SessionPeer } from "./peer.ts";

/** Options of {@linkcode serveBackup}. */
export interface ServeBackupOptions extends AdmissionOptions {
  /** Creates the copies. */
  readonly backups: Backups;
  /** Called for each copy that was sent. */
  readonly report: Report;
}

/** Sends an operator a copy of all data. Refuses everyone else. */
export async function serveBackup(peer: SessionPeer, options: ServeBackupOptions): Promise<void> {
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
