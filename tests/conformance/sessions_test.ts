import { assertEquals } from "@std/assert";
import { type ClientDuplexStream, status } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { chatServer, type ClientFrameInit, type ServerFrame } from "../../proto/mod.ts";
import { startServer } from "../support/program.ts";
import { TestCa, writePair } from "../support/test_ca.ts";
import { inFolder } from "../support/temporary_folder.ts";
import { Peer, RawSession } from "../support/wire/grpc_peer.ts";
import { Player, PLAYERS } from "./players.ts";

const { Session } = chatServer;

/** A secret of a client. */
const CLIENT = "the client of ann";

/** A session that a player has, as one of grpc-js. */
function openSession(player: Player): RawSession {
  const call = player.open(Session.path);
  const events = new EventEmitter();
  void (async () => {
    for await (const bytes of call.received()) {
      events.emit("data", Session.responseDeserialize(Buffer.from(bytes)));
    }
    events.emit("status", await call.ended);
    events.emit("end");
  })();
  return new RawSession(
    Object.assign(events, {
      write: (frame: ClientFrameInit) => call.send(Session.requestSerialize(frame)),
      end: () => call.end(),
      cancel: () => call.cancel(),
    }) as unknown as ClientDuplexStream<ClientFrameInit | Buffer, ServerFrame>,
  );
}

for (const [kind, { isInstalled }] of Object.entries(PLAYERS)) {
  const missing = !await isInstalled();
  const why = missing ? " (ignored: see tests/conformance/README.md)" : "";
  Deno.test({
    name: `${kind}: a session over TLS: join, post, receive, resume, replace, goodbye${why}`,
    ignore: missing,
    fn: () =>
      inFolder(async (folder) => {
        const ca = new TestCa("test");
        const caFile = `${folder}/ca.pem`;
        await Deno.writeTextFile(caFile, ca.cert);
        const pair = ca.issue(["127.0.0.1", "localhost"]);
        const files = await writePair(folder, pair, { cert: "--tls-cert", key: "--tls-key" });
        await using server = await startServer(["--quiet", "--tls", ...files]);
        await using player = new Player(kind, server.address, caFile);
        using peer = new Peer(server.address, ca.cert);
        const bob = await peer.join({ name: "bob" });

        const ann = openSession(player);
        ann.send({ join: { name: "ann", room: "", client: CLIENT } });
        await ann.until(({ welcome }) => welcome !== undefined);
        await bob.until(({ changes }) => changes.includes("+ann"));
        ann.post(["1", "one"], ["2", "둘"]);
        bob.post(["1", "three"]);
        await ann.until(({ acks, notes }) => acks.size === 2 && notes.length === 3);
        await bob.until(({ notes }) => notes.length === 3);
        assertEquals(ann.seen.notes, bob.seen.notes);

        // The connection stays, so only the call can tell that she is gone.
        ann.cancel();
        assertEquals((await ann.ended).code, status.CANCELLED);
        await bob.until(({ changes }) => changes.some((change) => change.startsWith("-ann")));
        bob.post(["2", "four"], ["3", "five"]);
        await bob.until(({ notes }) => notes.length === 5);

        const { history } = ann.seen.welcome!.head;
        const after = { history, seq: 3 };
        const again = openSession(player);
        again.send({ join: { name: "ann", room: "", client: CLIENT, attempt: 1, after } });
        again.post(["2", "둘"], ["3", "six"]); // The first of them is stored already.
        await again.until(({ acks, notes }) => acks.size === 2 && notes.length === 3);
        assertEquals(again.seen.notes.map(({ message }) => message), ["four", "five", "six"]);
        const second = ann.seen.acks.get("2")!;
        assertEquals([...again.seen.acks], [["2", second], ["3", 6]]);

        const newest = openSession(player);
        newest.send({ join: { name: "ann", room: "", client: CLIENT, attempt: 2, last: 1 } });
        await newest.until(({ notes }) => notes.length === 1);
        assertEquals((await again.ended).code, status.OK);
        assertEquals(Number(again.seen.goodbye?.split(" ")[0]), status.ABORTED);

        newest.post(["4", "bye"]);
        newest.end();
        assertEquals((await newest.ended).code, status.OK);
        assertEquals([...newest.seen.acks], [["4", 7]]);
        await bob.until(({ notes }) => notes.at(-1)?.message === "bye");

        const refused = openSession(player);
        refused.send({ join: { name: "bob", room: "", client: CLIENT } });
        assertEquals((await refused.ended).code, status.ALREADY_EXISTS);
        bob.end();
        assertEquals((await bob.ended).code, status.OK);
      }),
  });
}
