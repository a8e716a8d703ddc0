import { assertEquals, assertMatch } from "@std/assert";
import type { ServerEvent } from "../../mod.ts";
import { decodeBatch, encodeBatch } from "../../proto/batch.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { enter, serveOn } from "../support/cluster/serve.ts";
import { FullDisk } from "../support/stores/full_disk.ts";
import { inFolder } from "../support/temporary_folder.ts";
import { failure } from "../support/wire/grpc_peer.ts";

const AWAY = { code: 14, details: "This server cannot store notes now: try another one" };

/** Collects the errors that a server reports. */
function collectErrors() {
  const errors: string[] = [];
  const onEvent = (event: ServerEvent) => {
    if (event.type === "error") errors.push((event.error as Error).message);
  };
  return { errors, onEvent };
}

Deno.test("a shared room that fails ends its sessions and streams, and is opened anew", async () => {
  const cluster = new MemoryCluster();
  const { errors, onEvent } = collectErrors();
  await using server = await serveOn(cluster, { onEvent });
  await server.peer.send({ name: "ann", message: "1" });
  await using dev = await enter("dan", server.address, { room: "dev" });
  await using bob = await enter("bob", server.address);
  const stream = server.peer.stream();
  await stream.next();
  const streamEnd = failure(stream.next());

  const { notes } = server.engine.journals;
  const [entry] = await notes.read(1, 1);
  const { key, data } = entry!;
  const last = notes.seen;
  await notes.append(key, encodeBatch({ ...decodeBatch(data), attempt: "again" }));
  assertEquals(await streamEnd, AWAY);
  await bob.until(({ reasons }) => reasons.length > 0);
  assertMatch(
    errors[0]!,
    /^Cannot serve room "lobby": the batch at \d+ starts at 1, but 1 are there$/,
  );

  cluster.forget("notes", last); // An administrator has deleted it.
  await server.peer.send({ name: "ann", message: "2" });
  await bob.until(({ heard }) => heard.includes("2"));
  await dev.say("still here");
  assertEquals([bob.heard, dev.reasons], [["1", "2"], []]);
});

Deno.test("a room fails on a server whose disk is full, and nothing else does", () =>
  inFolder(async (folder) => {
    const cluster = new MemoryCluster();
    const { errors, onEvent } = collectErrors();
    const data = `${folder}/a.db`;
    await using other = await serveOn(cluster);
    const [server, fill] = await FullDisk.prepare(() => serveOn(cluster, { data, onEvent }));
    await using _server = server;
    const long = "x".repeat(10_000);
    await using dev = await enter("dan", server.address, { room: "dev" });
    await using bob = await enter("bob", server.address);
    {
      using _full = fill();
      await other.peer.send({ name: "ann", message: long });
      await bob.until(({ reasons }) => reasons.length > 0);
      await failure(server.peer.send({ name: "eve", message: long }));
      assertEquals(dev.reasons, []);
    }
    const [error] = errors;
    assertMatch(error!, /^Cannot serve room "lobby": Cannot write ".*a\.db": the disk is full; /);
    await other.peer.send({ name: "ann", message: "2" });
    await bob.until(({ heard }) => heard.length === 2);
    assertEquals(bob.heard, [long, "2"]);
  }));
