import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatError } from "../../room/errors.ts";
import type { Engine, Entry } from "../../server/cluster/engine.ts";
import { connectNats } from "../../server/cluster/nats.ts";
import { admin } from "../support/nats/admin.ts";
import { appendAll, encode, textsOf } from "../support/nats/entries.ts";
import { forget } from "../support/nats/forget.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";
import { Proxy } from "../support/wire/proxy.ts";

const ignore = !(await hasNats());

/** Waits for the report of a loss, and returns its words. */
async function lossOf(engine: Engine): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<ChatError>();
  using _loss = engine.onLoss(resolve);
  const { code, message } = await promise;
  assertEquals(code, "lost");
  return message;
}

/** Waits until an engine is connected. */
async function untilConnected(engine: Engine): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _changes = engine.onConnection((isConnected) => isConnected && resolve());
  if (!engine.isConnected) await promise;
}

Deno.test({
  name: "an append that gets a position for the second time reports a loss, and is the last one",
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    await using engine = await connectNats({ urls: nats.urls });
    const { notes } = engine.journals;
    await appendAll(notes, "room", ["1", "2"]);
    await forget(nats, async () => {
      await untilConnected(engine);
      await notes.reach(await appendAll(notes, "room", ["3", "4"]));
    });
    await untilConnected(engine);
    const lost = lossOf(engine);
    await assertRejects(
      () => notes.append("room", encode("5")),
      ChatError,
      "NATS lost entries that it had stored: it appended at 3 after 4",
    );
    await assertRejects(() => notes.append("room", encode("6")), ChatError, "NATS lost entries");
    assertMatch(await lost, /^NATS lost entries/);
    assertMatch(await lossOf(engine), /^NATS lost entries/); // A listener that comes later.
  },
});

Deno.test({
  name: "entries that are missing for a while are a loss, noticed without an append",
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    await using engine = await connectNats({ urls: nats.urls, backMs: 500 });
    const { notes } = engine.journals;
    await appendAll(notes, "room", ["1", "2"]);
    await forget(nats, async () => {
      await untilConnected(engine);
      await notes.reach(await appendAll(notes, "room", ["3", "4"]));
    });
    assertMatch(await lossOf(engine), /it is at 2 and was at 4/);
  },
});

Deno.test({
  name:
    "another entry in place of the newest one is a loss, noticed after a time without connection",
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    await using proxy = new Proxy(nats.nodes[0]!.address);
    await using engine = await connectNats({ urls: [`nats://${proxy.address}`] });
    const { notes } = engine.journals;
    await appendAll(notes, "room", ["1"]);
    await forget(nats, async () => {
      await untilConnected(engine);
      await notes.reach(await appendAll(notes, "room", ["2"]));
      proxy.answerBy((connection) => Promise.resolve(connection.close()));
      proxy.cut();
    });
    await using other = await connectNats({ urls: nats.urls });
    await appendAll(other.journals.notes, "room", ["3", "4"]);
    proxy.answerBy();
    assertMatch(await lossOf(engine), /it has another entry at 2/);
  },
});

Deno.test({
  name: "a server that had entries before its start notices that they are lost",
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    {
      await using before = await connectNats({ urls: nats.urls });
      await appendAll(before.journals.notes, "room", ["1", "2"]);
      await forget(nats, async () => {
        await untilConnected(before);
        await appendAll(before.journals.notes, "room", ["3", "4"]);
      });
    }
    const is = (text: string) => (entry: Entry) => textsOf([entry])[0] === text;
    await using engine = await connectNats({ urls: nats.urls, backMs: 500 });
    const { notes } = engine.journals;
    await notes.confirm(2, is("2"));
    const less = "it is at 2 and was at 4";
    await assertRejects(() => notes.confirm(4, is("4")), ChatError, less);
    assertMatch(await lossOf(engine), new RegExp(less));
    await using after = await connectNats({ urls: nats.urls, backMs: 500 });
    const { notes: longer } = after.journals;
    await longer.reach(await appendAll(longer, "room", ["5", "6", "7"]));
    await longer.purge("room", 3);
    await longer.confirm(2, is("2")); // Deleted, as newer ones have followed.
    await longer.confirm(5, is("7"));
    await assertRejects(() => longer.confirm(4, is("4")), ChatError, "it has another entry at 4");
  },
});

Deno.test({
  name: "streams that were made anew are a loss",
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    await using engine = await connectNats({ urls: nats.urls });
    const [node] = nats.nodes;
    await node!.kill();
    await Deno.remove(node!.dataFolder, { recursive: true });
    await node!.start();
    await using _other = await connectNats({ urls: nats.urls });
    assertMatch(await lossOf(engine), /its streams were made anew/);
  },
});

Deno.test({
  name: "streams that were deleted are a loss",
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    await using engine = await connectNats({ urls: nats.urls });
    await admin(nats.nodes[0]!.address, "STREAM.DELETE.chat_state");
    assertMatch(await lossOf(engine), /its streams were deleted/);
  },
});
