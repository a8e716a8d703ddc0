import { assertEquals } from "@std/assert";
import { hasNats, Nats } from "../support/nats/nats.ts";
import { startServer } from "../support/program.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

const ignore = !(await hasNats());

/** Two processes of chat serve that share a chat. */
async function startTwo() {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await Nats.start());
  const args = ["--cluster", nats.urls.join(",")];
  const [a, b] = [stack.use(await startServer(args)), stack.use(await startServer(args))];
  const [peerA, peerB] = [stack.use(new Peer(a.address)), stack.use(new Peer(b.address))];
  const resources = stack.move();
  return {
    nats,
    a,
    b,
    peerA,
    peerB,
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

Deno.test({
  name: "people of a killed server leave on the others, and may come back there",
  ignore,
  fn: async () => {
    await using two = await startTwo();
    const watcher = await two.peerA.join({ name: "ann" });
    await two.peerB.join({ name: "bob", client: "the client of bob" });
    await watcher.until(({ changes }) => changes.includes("+bob"));
    two.b.kill("SIGKILL");
    await watcher.until(({ changes }) => changes.includes("-bob server unreachable"));
    const again = await two.peerA.join({ name: "bob", client: "the client of bob", attempt: 1 });
    assertEquals(again.seen.welcome!.roster.people.map(({ name }) => name), ["ann", "bob"]);
  },
});

Deno.test({
  name: "people of a server that was only stopped join again, without a cut",
  ignore: ignore || Deno.build.os === "windows",
  fn: async () => {
    await using two = await startTwo();
    const watcher = await two.peerA.join({ name: "ann" });
    const bob = await two.peerB.join({ name: "bob" });
    const cat = await two.peerB.join({ name: "cat" });
    await watcher.until(({ changes }) => changes.includes("+cat"));
    two.b.kill("SIGSTOP");
    await watcher.until(({ changes }) => changes.includes("-cat server unreachable"));
    await two.peerA.join({ name: "cat", client: "a different client" });
    two.b.kill("SIGCONT");
    await watcher.until(({ changes }) => changes.filter((line) => line === "+bob").length === 2);
    await cat.until(({ goodbye }) => goodbye !== undefined);
    assertEquals(cat.seen.goodbye, `6 name "cat" is taken`);
    bob.post(["1", "still here"]);
    await watcher.until(({ notes }) => notes.length === 1);
    assertEquals(watcher.seen.notes[0]!.message, "still here");
  },
});

Deno.test({
  name: "nobody leaves because a node of the engine hangs for some seconds",
  ignore: ignore || Deno.build.os === "windows",
  fn: async () => {
    await using two = await startTwo();
    const watcher = await two.peerA.join({ name: "ann" });
    const bob = await two.peerB.join({ name: "bob" });
    await watcher.until(({ changes }) => changes.includes("+bob"));
    const [node] = two.nats.nodes;
    node!.pause();
    await Promise.all(
      [two.a, two.b].map((server) => server.waitFor(/engine state=away/, "stderr")),
    );
    node!.resume();
    await Promise.all(
      [two.a, two.b].map((server) => server.waitFor(/engine state=back/, "stderr")),
    );
    bob.post(["1", "still here"]);
    await watcher.until(({ notes }) => notes.length === 1);
    assertEquals(watcher.seen.changes.filter((change) => change.startsWith("-")), []);
  },
});
