import { type AdmissionOptions, admit, checkAdmission, readJoin } from "../access/admission.ts";
import type { Report } from "../events/event.ts";
import { refuse } from "../events/refusal.ts";
import { encode } from "../server_frame.ts";
import type { Backups } from "../storage/backups.ts";
import type { SessionPeer } from "./peer.ts";

/** What it takes to send copies away. */
export interface ServeBackupOptions extends AdmissionOptions {
  /** Makes them. */
  readonly backups: Backups;
  /** Hears of each that was sent. */
  readonly report: Report;
}

/** Sends an operator a copy of all that is kept; others are told that they are none. */
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
      // Each time: it takes long enough for lists and bans to change.
      checkAdmission(request, options);
      gate.checkOperator(key);
      await peer.write(encode({ copy }), peer.signal);
      bytes += copy.piece?.length ?? 0;
    }
  } catch (error) {
    peer.refuse(refuse(error, { key, address }, report));
  } finally {
    // Whoever broke off has got that much all the same.
    if (bytes > 0) report({ type: "backup", key, address, bytes });
  }
}
