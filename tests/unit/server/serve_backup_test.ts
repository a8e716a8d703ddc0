import { assertEquals } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { proofBytes } from "../../../proto/identity/proof.ts";
import {
  type ChallengeMessage,
  chatServer,
  type ClientFrame,
  type ClientFrameInit,
} from "../../../proto/mod.ts";
import type { BackupOptions } from "../../../server/storage/sqlite/backup.ts";
import { Backups } from "../../../server/storage/backups.ts";
import { MemoryStore } from "../../../server/storage/memory/store.ts";
import { serveBackup } from "../../../server/session/serve_backup.ts";
import { makeServices } from "./chat_services.ts";

Deno.test("a copy ends at its next frame when its requester is banned", async () => {
  const { services, gate, sanctions } = await makeServices();
  const identity = await Identity.generate();
  // Another server, where this key is no operator's, may ban it.
  await gate.setLists({ operators: identity.fingerprint });
  let proceed = () => {};
  const failing = Promise.withResolvers<never>();
  const copy = ({ onProgress, signal }: BackupOptions = {}) => {
    proceed = () => onProgress?.(10_000);
    signal?.addEventListener("abort", () => failing.reject(signal.reason));
    return failing.promise;
  };
  const store = new MemoryStore({ notes: 9, ageMs: Infinity, bytes: Infinity });
  const backups = new Backups(Object.assign(store, { copy }));

  const { requestSerialize, requestDeserialize, responseDeserialize } = chatServer.Backup;
  const toFrame = (frame: ClientFrameInit) => requestDeserialize(requestSerialize(frame));
  const challenged = Promise.withResolvers<ChallengeMessage>();
  const client = crypto.randomUUID();
  const join = { name: "", room: "", client, unlisted: true, key: identity.publicKey };
  const frames = (async function* (): AsyncGenerator<ClientFrame> {
    yield toFrame({ join });
    const bytes = proofBytes(services.server, await challenged.promise, join, "backup");
    yield toFrame({ proof: { signature: await identity.sign(bytes) } });
  })();
  const seen: unknown[] = [];
  await serveBackup({
    ...{ address: "10.0.0.1", origin: undefined, signal: new AbortController().signal, frames },
    ...{ isReading: () => true, joined() {}, posted() {}, refused() {}, writeLast() {} },
    async write(bytes) {
      const { challenge, copy } = responseDeserialize(bytes);
      if (challenge) challenged.resolve(challenge);
      if (!copy) return;
      if (seen.push(copy.notes) > 1) return failing.reject(new Error("It went on"));
      const principal = identity.fingerprint;
      const ban = { principal, name: "ann", by: "bob", reason: "", time: 0 };
      await sanctions.impose({ kind: "ban", ...ban });
      proceed();
    },
    refuse: ({ details }) => seen.push(details),
  }, { ...services, backups });
  assertEquals(seen, [0, "banned"]);
});
