import { assert, assertEquals } from "@std/assert";
import { status } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { chatServer } from "../../proto/mod.ts";
import { startServer } from "../support/program.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import { CALLS, LATE_CALLS } from "./calls.ts";
import { MISSING, type PlayedCall, playWithAll, whyIgnored } from "./players.ts";

const { SendNote, ChatStream } = chatServer;

/** The number of streams that one connection reads at once. */
const STREAMS = 50;

/** Notes of all sizes. */
const TEXTS = [
  "é",
  "x".repeat(16_384),
  "💬".repeat(4_096),
  ...Array.from({ length: 20 }, (_, i) => `line ${i}`),
];

/** Reads as many notes as there are. */
async function readNotes(stream: PlayedCall): Promise<string[]> {
  const notes: string[] = [];
  for await (const bytes of stream.received()) {
    notes.push(ChatStream.responseDeserialize(Buffer.from(bytes)).message);
    if (notes.length === TEXTS.length) break;
  }
  return notes;
}

Deno.test({
  name: `calls of all gRPC clients end as gRPC specifies${whyIgnored(MISSING)}`,
  ignore: MISSING.length > 0,
  async fn() {
    await using server = await startServer(["--quiet"]);
    await playWithAll(server.address, async (player, kind) => {
      for (const { what, path, message, options, ends } of CALLS) {
        const end = await player.call(path, message, options);
        const said = `${kind}: ${what}: ${JSON.stringify(end)}`;
        assert([ends.code].flat().includes(end.code), said);
        assertEquals(end.details, ends.details ?? end.details, said);
      }
      const late = LATE_CALLS.map(({ path, options }) => player.open(path, options));
      const ends = await Promise.all(late.map(({ ended }) => ended));
      assertEquals(ends.map(({ code }) => code), LATE_CALLS.map(({ ends }) => ends.code), kind);
      const none = player.open(SendNote.path);
      none.end();
      assertEquals((await none.ended).code, status.UNIMPLEMENTED, `${kind}: no request`);
    });
  },
});

Deno.test({
  name: `${STREAMS} streams of each gRPC client bring every note in order${whyIgnored(MISSING)}`,
  ignore: MISSING.length > 0,
  async fn() {
    await using server = await startServer(["--quiet"]);
    using author = new Peer(server.address);
    for (const message of TEXTS) await author.send({ name: "ann", message });
    await playWithAll(server.address, async (player, kind) => {
      const streams = Array.from({ length: STREAMS }, () => player.open(ChatStream.path));
      for (const stream of streams) {
        stream.send(new Uint8Array()); // The request, an empty message.
        stream.end();
      }
      for (const stream of streams) {
        assertEquals(await readNotes(stream), TEXTS, kind);
        stream.cancel();
        assertEquals((await stream.ended).code, status.CANCELLED, kind);
      }
    });
  },
});
