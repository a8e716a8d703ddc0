import { assertEquals } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { enter, serveOn } from "../support/cluster/serve.ts";

Deno.test("a server that is behind acknowledges a stored note of a person who is muted now", async () => {
  const operator = await Identity.generate();
  const cluster = new MemoryCluster();
  const options = { operators: operator.fingerprint };
  await using a = await serveOn(cluster, options);
  await using b = await serveOn(cluster, options);
  await using root = await enter("root", b.address, { identity: operator });
  const [onA, onB] = [
    await a.peer.join({ name: "ann", unlisted: true }),
    await b.peer.join({ name: "ann", unlisted: true }),
  ];
  const { notes } = b.engine.journals;
  notes.pause();
  onA.post(["1", "hello"]);
  await onA.until(({ acks }) => acks.has("1"));
  await using _eve = await enter("eve", b.address); // From the same network.
  await root.order({ action: "mute", name: "eve", reason: "" });
  const asked = Promise.withResolvers<void>();
  const last = notes.last.bind(notes);
  notes.last = () => {
    asked.resolve();
    return last();
  };
  onB.post(["1", "hello"], ["2", "no"]);
  await Promise.race([asked.promise, onB.until(({ refusals }) => refusals.length === 2)]);
  notes.resume();
  await onB.until(({ acks, refusals }) => acks.size + refusals.length === 2);
  assertEquals([...onB.seen.acks], [["1", 1]]);
  assertEquals(onB.seen.refusals.map((line) => line.slice(0, 3)), ["2 7"]);
});

Deno.test("a stored note is acknowledged, although it was sent again with one that several servers cannot store", async () => {
  const cluster = new MemoryCluster();
  await using a = await serveOn(cluster);
  const ann = await a.peer.join({ name: "ann" });
  ann.post(["1", "hello"]);
  await ann.until(({ acks }) => acks.has("1"));
  a.engine.maxEntryBytes = 2_000;
  const again = await a.peer.join({ name: "ann" });
  again.post(["1", "hello"], ["2", "x".repeat(3_000)]);
  await again.until(({ acks, refusals }) => acks.size + refusals.length === 2);
  assertEquals([...again.seen.acks], [["1", 1]]);
  assertEquals(again.seen.refusals.map((line) => line.slice(0, 3)), ["2 8"]);
});
