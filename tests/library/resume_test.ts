import { assertEquals, assertRejects } from "@std/assert";
import { ChatError, join, type JoinOptions, type Position, serve } from "../../mod.ts";
import { FakeServer } from "../support/wire/fake_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** What a run of a bot has received, and the position that it has kept. */
interface Run {
  readonly heard: string[];
  readonly position: Position | undefined;
}

/** Runs a bot that keeps positions as JSON, and stops after the note with this text. */
async function run(options: JoinOptions, last: string): Promise<Run> {
  const heard: string[] = [];
  let kept = "";
  await using chat = await join(options);
  for await (const event of chat.events()) {
    if (event.type === "notes") heard.push(...event.notes.map(({ message }) => message));
    if (event.type === "connected" || event.type === "notes") kept = JSON.stringify(event.position);
    if (heard.includes(last)) break;
  }
  return { heard, position: JSON.parse(kept) };
}

/** Says texts in a chat of its own. */
async function say(address: string, ...texts: string[]): Promise<void> {
  await using chat = await join({ name: "ann", address, last: 0 });
  await Promise.all(texts.map((text) => chat.say(text)));
}

Deno.test("a bot that joins after its position receives exactly what followed, also over a restart of the server", async () => {
  await using folder = await temporaryFolder();
  const data = `${folder.path}/chat.db`;
  let first: Run;
  {
    await using server = await serve({ address: "127.0.0.1:0", data });
    const { address } = server;
    await say(address, "1", "2", "3");
    first = await run({ address }, "3");
    assertEquals([first.heard, first.position?.seq], [["1", "2", "3"], 3]);
    await say(address, "4");
  }
  await using server = await serve({ address: "127.0.0.1:0", data });
  const { address } = server;
  await say(address, "5");
  const second = await run({ address, after: first.position, last: 0 }, "5");
  assertEquals([second.heard, second.position?.seq], [["4", "5"], 5]);
});

Deno.test("a bot that has received nothing has a position, too, and misses nothing", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  const { address } = server;
  await say(address, "1", "2");
  const chat = await join({ address, last: 0 });
  const { value } = await chat.events()[Symbol.asyncIterator]().next();
  await chat.leave();
  await say(address, "3");
  assertEquals((await run({ address, after: value.position }, "3")).heard, ["3"]);
});

Deno.test("a position of a history that is gone starts at the oldest note", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  const { address } = server;
  await say(address, "1");
  const after = { history: "gone", seq: 7 };
  assertEquals((await run({ address, after }, "1")).heard, ["1"]);
});

Deno.test("join() refuses what is no position", async () => {
  const bad = [{ history: "", seq: 1 }, { seq: 1 }] as Position[];
  for (const after of bad) {
    const error = await assertRejects(() => join({ after }), ChatError);
    assertEquals(error.code, "invalid");
  }
  const after = { history: "h", seq: 1.5 };
  await assertRejects(() => join({ after }), RangeError, "1.5");
});

Deno.test("a server of the original contract cannot continue after a position", async () => {
  using server = await FakeServer.original([]);
  const after = { history: "h", seq: 1 };
  const error = await assertRejects(() => join({ address: server.address, after }), ChatError);
  assertEquals(error.code, "invalid");
});

Deno.test("a bot opens further rooms over its connection, each after its position and until it is left", async () => {
  await using server = await serve({ address: "127.0.0.1:0", maxPerAddress: 2 });
  const { address } = server;
  await using ann = await join({ name: "ann", address, room: "dev" });
  await ann.say("1");
  await using lobby = await join({ name: "bot", address });
  const first = await lobby.open({ room: "dev" });
  let position: Position | undefined;
  for await (const event of first.events()) {
    if (event.type === "notes") {
      position = event.position;
      break;
    }
  }
  await ann.say("2");
  await using second = await lobby.open({ room: "dev", after: position, last: 0 });
  await lobby.leave();
  for await (const event of second.events()) {
    if (event.type !== "notes") continue;
    assertEquals(event.notes.map(({ message }) => message), ["2"]);
    break;
  }
  await using other = await ann.open({ room: "ops" });
  const nowhere = { history: "", seq: 1 };
  const error = await assertRejects(() => other.open({ room: "dev", after: nowhere }), ChatError);
  assertEquals(error.code, "invalid");
});
