import { assertEquals } from "@std/assert";
import { status } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { chatServer } from "../../proto/mod.ts";
import { startServer } from "../support/program.ts";
import { CALLS, LATE_CALLS } from "./calls.ts";
import { Player, PLAYERS } from "./players.ts";

const { SendNote, ChatStream } = chatServer;

/** The number of streams that one connection reads at once. */
const STREAMS = 50;

/** Notes of all sizes: empty ones are refused. */
const TEXTS = [
  "é",
  "x".repeat(16_384),
  "💬".repeat(4_096),
  ...Array.from({ length: 20 }, (_, i) => `line ${i}`),
];

for (const [kind, { isInstalled }] of Object.entries(PLAYERS)) {
  const missing = !await isInstalled();
  const why = missing ? " (ignored: see tests/conformance/README.md)" : "";

  Deno.test({
    name: `${kind}: calls end as gRPC specifies${why}`,
    ignore: missing,
    async fn() {
      await using server = await startServer(["--quiet"]);
      await using player = new Player(kind, server.address);
      for (const { what, path, message, options, ends } of CALLS) {
        const end = await player.call(path, message, options);
        assertEquals({ ...end, ...ends }, end, `${what}: ${JSON.stringify(end)}`);
      }
      const late = LATE_CALLS.map(({ path, options }) => player.open(path, options));
      const ends = await Promise.all(late.map(({ ended }) => ended));
      assertEquals(ends.map(({ code }) => code), LATE_CALLS.map(({ ends }) => ends.code));
      const none = player.open(SendNote.path);
      none.end();
      assertEquals((await none.ended).code, status.UNIMPLEMENTED, "no request");
    },
  });

  Deno.test({
    name: `${kind}: ${STREAMS} streams bring every note, whole and in order, until cancelled${why}`,
    ignore: missing,
    async fn() {
      await using server = await startServer(["--quiet"]);
      await using player = new Player(kind, server.address);
      for (const message of TEXTS) {
        const note = SendNote.requestSerialize({ name: "ann", message });
        assertEquals((await player.call(SendNote.path, note)).code, status.OK);
      }
      const streams = Array.from({ length: STREAMS }, () => player.open(ChatStream.path));
      for (const stream of streams) {
        stream.send(new Uint8Array()); // The request, an empty message.
        stream.end();
      }
      for (const stream of streams) {
        const notes: string[] = [];
        for await (const bytes of stream.received()) {
          notes.push(ChatStream.responseDeserialize(Buffer.from(bytes)).message);
          if (notes.length === TEXTS.length) break;
        }
        assertEquals(notes, TEXTS);
        stream.cancel();
        assertEquals((await stream.ended).code, status.CANCELLED);
      }
    },
  });
}
