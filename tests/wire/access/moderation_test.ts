import { status } from "@grpc/grpc-js";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { ChatError, serve, type ServeOptions, type ServerEvent } from "../../../mod.ts";
import type { ModerationCommand } from "../../../room/moderation.ts";
import { SqliteStore } from "../../../server/storage/sqlite/store.ts";
import { enter, joinLibraryChat, type LibraryChat } from "../../support/library_chat.ts";
import { failure, Peer } from "../../support/wire/grpc_peer.ts";
import { RawIdentity } from "../../support/wire/raw_identity.ts";
import { Proxy } from "../../support/wire/proxy.ts";

const ann = await Identity.generate();
const bob = await Identity.generate();
const cat = await Identity.generate();

/** A server with ann as its operator, and its events except joins and leaves. */
async function open(options: ServeOptions = {}) {
  const events: ServerEvent[] = [];
  const onEvent = (event: ServerEvent) => {
    if (!["start", "stop", "join", "leave"].includes(event.type)) events.push(event);
  };
  const operators = `${ann.fingerprint} # ann`;
  const server = await serve({ address: "127.0.0.1:0", rate: 0, operators, onEvent, ...options });
  return Object.assign(server, { events });
}

/** Asserts that an order is refused, and returns the message. */
async function refused(operator: LibraryChat, command: ModerationCommand): Promise<string> {
  return (await assertRejects(() => operator.order(command), ChatError)).message;
}

/** Asserts that a chat has ended, and returns the message. */
async function farewell(chat: LibraryChat): Promise<string> {
  const error = await assertRejects(() => chat.ended, ChatError);
  assertEquals(error.code, "forbidden");
  return error.message.replace(/^(?:Cannot join|Disconnected from) "[^"]*": /, "");
}

/** Asserts that a chat is refused, and returns the message. */
async function turnedAway(chat: LibraryChat): Promise<string> {
  const letIn = chat.until(({ happened }) => happened.includes("connected")).then(() => true);
  assert(!await Promise.race([letIn, chat.ended.catch(() => false)]), "it was let in");
  return await farewell(chat);
}

Deno.test("/kick removes a person from the room, and gives the reason to them and all others", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  await using first = await enter("bob", server.address, { identity: bob });
  await using second = await enter("bob", server.address, { identity: bob });
  await using elsewhere = await enter("bob", server.address, { identity: bob, room: "dev" });
  const { words } = await operator.order({ action: "kick", name: "BOB", reason: "enough" });
  assertEquals(words, 'kicked "bob"');
  assertEquals(await farewell(first), "kicked by ann: enough");
  assertEquals(await farewell(second), "kicked by ann: enough");
  await operator.until(({ happened }) => happened.includes("-bob kicked by ann: enough"));
  assertEquals(server.events, [{
    ...{ type: "kick", by: "ann", key: ann.fingerprint, name: "bob", whom: bob.fingerprint },
    ...{ room: "lobby", reason: "enough" },
  }]);
  await using back = await enter("bob", server.address, { identity: bob });
  assertEquals(await elsewhere.say("still here"), 1);
  assertEquals(await back.say("here again"), 1);
});

for (const store of ["memory", "a file"]) {
  const test = (behavior: string, body: (data: { data?: string }) => Promise<void>) =>
    Deno.test(`${behavior} (notes in ${store})`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await body(store === "memory" ? {} : { data: `${folder}/a.db` });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  test("/ban keeps a key out under any name, until it is lifted", async (data) => {
    await using server = await open(data);
    await using operator = await enter("ann", server.address, { identity: ann });
    await using here = await enter("bob", server.address, { identity: bob });
    await using reader = await enter("", server.address, { identity: bob });
    const order = { action: "ban", name: "bob", spanMs: 90_000, reason: "spam" } as const;
    const { words } = await operator.order(order);
    assertEquals(words, `banned "bob" (${bob.fingerprint}) for 90 s`);
    for (const chat of [here, reader]) {
      assertEquals(await farewell(chat), "banned for 90 s by ann: spam");
    }
    for (const name of ["bob", "robert", ""]) {
      await using again = joinLibraryChat(name, server.address, { identity: bob });
      assertEquals(await farewell(again), "banned for 90 s: spam");
    }
    await using guests = await enter("dan", server.address);
    assertEquals(await guests.say("I have done nothing"), 1);
    const { sanctions } = await operator.order({ action: "list", name: "" });
    const [ban] = sanctions;
    assertEquals(sanctions.length, 1);
    assertEquals([ban?.kind, ban?.name, ban?.by, ban?.reason], ["ban", "bob", "ann", "spam"]);
    assertEquals([ban?.principal, ban!.until! - ban!.time], [bob.fingerprint, 90_000]);
    const lifted = await operator.order({ action: "unban", name: "bob" });
    assertEquals(lifted.words, `no longer banned: "bob" (${bob.fingerprint})`);
    await using back = await enter("bob", server.address, { identity: bob });
    assertEquals(await back.say("sorry"), 2);
    assertEquals(
      server.events.map(({ type }) => type),
      ["ban", "refused", "unban"],
    );
  });

  test("/ban of a person without a key applies to everyone without a key from there", async (data) => {
    await using server = await open(data);
    await using operator = await enter("ann", server.address, { identity: ann });
    await using here = await enter("dan", server.address);
    await using stream = joinLibraryChat("", server.address);
    using peer = new Peer(server.address);
    const reading = failure(peer.read(1));
    const { words } = await operator.order({ action: "ban", name: "dan" });
    assertEquals(words, 'banned "dan": all without a key from 127.0.0.1 forever');
    assertEquals(await farewell(here), "banned by ann");
    await farewell(stream);
    const banned = { code: 7, details: "banned" };
    assertEquals(await failure(peer.send({ name: "eve", message: "hi" })), banned);
    assert([banned.details, "banned by ann"].includes((await reading).details));
    assertEquals(await failure(peer.read(1)), banned);
    await using other = await enter("bob", server.address, { identity: bob });
    assertEquals(await other.say("I have a key"), 1);
    await operator.order({ action: "unban", name: "127.0.0.1" });
    await peer.send({ name: "eve", message: "hi" });
  });

  test("/mute refuses a person's notes, in all rooms and under all names", async (data) => {
    await using server = await open(data);
    await using operator = await enter("ann", server.address, { identity: ann });
    await using here = await enter("bob", server.address, { identity: bob });
    await using elsewhere = await enter("robert", server.address, { identity: bob, room: "dev" });
    await operator.order({ action: "mute", name: "bob", reason: "caps" });
    for (const chat of [here, elsewhere]) {
      const error = await assertRejects(() => chat.say("HELLO"), ChatError);
      assertEquals([error.code, error.message], ["forbidden", "muted: caps"]);
      const manner = { kind: "whisper", to: "ann" } as const;
      await assertRejects(() => chat.say("psst", manner), ChatError, "muted");
    }
    assertEquals(await operator.say("better"), 1);
    await here.until(({ heard }) => heard.includes("better"));
    await operator.order({ action: "unmute", name: bob.fingerprint });
    assertEquals(await here.say("hello"), 2);
  });

  test("/mute and /unmute are reported to the person in all rooms, and to nobody else", async (data) => {
    await using server = await open(data);
    await using operator = await enter("ann", server.address, { identity: ann });
    await using here = await enter("bob", server.address, { identity: bob });
    await using elsewhere = await enter("robert", server.address, { identity: bob, room: "dev" });
    await using witness = await enter("cat", server.address, { identity: cat });
    const mute = { action: "mute", name: "bob", spanMs: 600_000, reason: "caps" } as const;
    await operator.order(mute);
    for (const chat of [here, elsewhere]) {
      await chat.until(({ happened }) => happened.includes("muted by ann for 600000 ms: caps"));
    }
    await operator.order({ action: "unmute", name: "bob" });
    for (const chat of [here, elsewhere]) {
      await chat.until(({ happened }) => happened.at(-1) === "unmuted");
    }
    await operator.order({ action: "mute", name: "bob" });
    const again = "muted by ann for undefined ms: ";
    await here.until(({ happened }) => happened.at(-1) === again);
    assertEquals(await operator.say("done"), 1);
    for (const chat of [here, witness]) await chat.until(({ heard }) => heard.includes("done"));
    assertEquals(here.happened.filter((event) => event === again).length, 1);
    assertEquals(witness.happened, ["connected"]);
  });

  test("/release frees a name of an absent owner for the next key", async (data) => {
    await using server = await open(data);
    await using operator = await enter("ann", server.address, { identity: ann });
    const order = { action: "release", name: "BOB" } as const;
    {
      await using here = await enter("bob", server.address, { identity: bob, room: "dev" });
      const words = await refused(operator, order);
      assertEquals(words, 'Cannot release "bob": its owner is using it');
      assertEquals(await here.say("still mine"), 1);
      here.leave();
      await here.ended;
    }
    await using other = joinLibraryChat("bob", server.address, { identity: cat });
    await assertRejects(() => other.ended, ChatError, 'name "bob" is taken');
    const { words } = await operator.order(order);
    assertEquals(words, `released "BOB", which was owned by ${bob.fingerprint}`);
    assertEquals(await refused(operator, order), '"BOB" has no owner');
    await using next = await enter("bob", server.address, { identity: cat });
    assertEquals(await next.say("mine"), 1);
    await using former = joinLibraryChat("bob", server.address, { identity: bob });
    await assertRejects(() => former.ended, ChatError, 'name "bob" is taken');
    const orders = server.events.filter(({ type }) => type !== "refused");
    const by = { by: "ann", key: ann.fingerprint };
    assertEquals(orders, [
      { type: "release", ...by, name: "BOB", whom: bob.fingerprint, reason: "" },
    ]);
  });

  test("/mute of a person without a key applies to SendNote too", async (data) => {
    await using server = await open(data);
    await using operator = await enter("ann", server.address, { identity: ann });
    await operator.order({ action: "mute", name: "127.0.0.1" });
    using peer = new Peer(server.address);
    assertEquals(await failure(peer.send({ name: "eve", message: "hi" })), {
      code: 7,
      details: "muted",
    });
  });
}

Deno.test("bans and mutes apply after a server restart", async () => {
  const folder = await Deno.makeTempDir();
  const data = `${folder}/a.db`;
  try {
    {
      await using server = await open({ data });
      await using operator = await enter("ann", server.address, { identity: ann });
      await using _bob = await enter("bob", server.address, { identity: bob });
      await using _cat = await enter("cat", server.address, { identity: cat });
      await operator.order({ action: "ban", name: "bob", spanMs: 86_400_000 });
      await operator.order({ action: "mute", name: "cat" });
    }
    await using server = await open({ data });
    await using banned = joinLibraryChat("bob", server.address, { identity: bob });
    assertEquals(await farewell(banned), "banned for 1 d");
    await using muted = await enter("cat", server.address, { identity: cat });
    await assertRejects(() => muted.say("hi"), ChatError, "muted");
    await using operator = await enter("ann", server.address, { identity: ann });
    await operator.order({ action: "unban", name: "bob" }); // He need not be present.
    await operator.order({ action: "unmute", name: "cat" });
    assertEquals(await muted.say("hi"), 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a ghost can be kicked like any other session", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  await using operator = await enter("ann", server.address, { identity: ann });
  await using ghost = await enter("bob", proxy.address, { identity: bob });
  await operator.until(({ happened }) => happened.includes("+bob"));
  proxy.pause();
  await operator.order({ action: "kick", name: "bob" });
  await operator.until(({ happened }) => happened.includes("-bob kicked by ann"));
  proxy.resume();
  assertEquals(await farewell(ghost), "kicked by ann");
});

Deno.test("/ban and /mute find the absent owner of a name", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  {
    await using _gone = await enter("bob", server.address, { identity: bob });
  }
  const { words } = await operator.order({ action: "ban", name: "Bob" });
  assertEquals(words, `banned "Bob" (${bob.fingerprint}) forever`);
  await operator.order({ action: "ban", name: cat.fingerprint });
  for (const identity of [bob, cat]) {
    await using chat = joinLibraryChat("someone", server.address, { identity });
    assertEquals(await farewell(chat), "banned");
  }
});

Deno.test("only operators may give orders, and not against each other", async () => {
  await using server = await open({ operators: `${ann.fingerprint}\n${cat.fingerprint}` });
  await using operator = await enter("ann", server.address, { identity: ann });
  await using _other = await enter("cat", server.address, { identity: cat });
  await using member = await enter("bob", server.address, { identity: bob });
  await using stranger = await enter("dan", server.address);
  for (const action of ["kick", "ban", "mute", "unban", "unmute", "release", "list"] as const) {
    assertEquals(
      await refused(member, { action, name: "ann" }),
      `Only operators may do that: key ${bob.fingerprint} is not on their list`,
    );
    assertEquals(
      await refused(stranger, { action, name: "ann" }),
      "Only operators may do that: this client has no key",
    );
  }
  for (const action of ["kick", "ban", "mute"] as const) {
    assertEquals(await refused(operator, { action, name: "cat" }), '"cat" is an operator');
    const nobody = await refused(operator, { action, name: "nobody" });
    assert(nobody.startsWith('There is no "nobody"'), nobody);
  }
  assertEquals(await refused(operator, { action: "unban", name: "bob" }), '"bob" is not banned');
  assertEquals(await refused(operator, { action: "release", name: "cat" }), '"cat" is an operator');
  const reason = "x".repeat(201);
  assertEquals(
    await refused(operator, { action: "kick", name: "bob", reason }),
    "The reason has 201 characters: at most 200 are allowed",
  );
  assertEquals(
    await refused(operator, { action: "kick", name: "bob", reason: "a\x1b[2J" }),
    "The reason contains control or invisible characters",
  );
  await server.setLists({ operators: "" });
  const late = await refused(operator, { action: "kick", name: "bob" });
  assert(late.startsWith("Only operators may do that"), late);
  assertEquals(await member.say("nothing has happened"), 1);
});

Deno.test("operators are admitted like members", async () => {
  await using server = await open({ members: bob.fingerprint });
  await using operator = await enter("ann", server.address, { identity: ann });
  assertEquals(await operator.say("hi"), 1);
});

Deno.test("people removed from the list of members are disconnected", async () => {
  await using server = await open({ members: `${bob.fingerprint}\n${cat.fingerprint}` });
  await using operator = await enter("ann", server.address, { identity: ann });
  await using gone = await enter("bob", server.address, { identity: bob });
  await using stays = await enter("cat", server.address, { identity: cat });
  await server.setLists({ members: cat.fingerprint });
  assertEquals(await farewell(gone), "removed from this server's list of keys");
  assertEquals(await stays.say("still here"), 1);
  assertEquals(await operator.say("me too"), 2);
});

Deno.test("orders in one frame are all answered, each with its own outcome", async () => {
  for (const data of ["memory", "file"]) {
    const folder = await Deno.makeTempDir();
    try {
      await using server = await open(data === "file" ? { data: `${folder}/a.db` } : {});
      await using operator = await enter("ann", server.address, { identity: ann });
      await using _bob = await enter("bob", server.address, { identity: bob });
      const orders = Array.from({ length: 10 }, (_, i) => {
        const action = (["mute", "unmute"] as const)[i % 2]!;
        return operator.order({ action, name: "bob" });
      });
      const words = (await Promise.all(orders)).map(({ words }) => words.split(" ")[0]);
      assertEquals(words, Array.from({ length: 10 }, (_, i) => ["muted", "no"][i % 2]!));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

Deno.test("invalid orders are refused, and change nothing", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  await using reader = await enter("", server.address, { identity: bob });
  for (const action of ["kick", "ban", "mute", "unban", "release"] as const) {
    const words = await refused(operator, { action, name: "" });
    assertEquals(words, "The command needs a name to act on");
  }
  const spanMs = Number.MAX_SAFE_INTEGER;
  assertEquals(
    await refused(operator, { action: "ban", name: bob.fingerprint, spanMs }),
    "A duration of 9,007,199,254,740,991 ms: at most 86,399,913,600,000 are allowed",
  );
  operator.leave();
  await operator.ended;
  reader.leave();
  await reader.ended;
});

Deno.test("an order that the server does not know is refused, and the session goes on", async () => {
  const operator = await RawIdentity.create();
  await using server = await open({ operators: operator.fingerprint });
  using peer = new Peer(server.address);
  const session = await operator.join(peer, { name: "ann" });
  session.send({ orders: [{ action: 1_000, name: "bob" }] });
  await session.until(({ outcomes }) => outcomes.length === 1);
  const [outcome] = session.seen.outcomes;
  assertEquals([outcome?.code, outcome?.words], [
    status.UNIMPLEMENTED,
    "This server does not support action 1000",
  ]);
  session.post(["1", "still here"]);
  await session.until(({ acks }) => acks.has("1"));
});

Deno.test("a person removed from all lists is disconnected, and one moved between lists stays", async () => {
  const lists = { members: bob.fingerprint, operators: `${ann.fingerprint}\n${cat.fingerprint}` };
  await using server = await open(lists);
  await using moved = await enter("bob", server.address, { identity: bob });
  await using gone = await enter("cat", server.address, { identity: cat });
  await server.setLists({ members: ann.fingerprint, operators: bob.fingerprint });
  assertEquals(await farewell(gone), "removed from this server's list of keys");
  assertEquals(await moved.say("an operator now"), 1);
});

Deno.test("posts under way when a person is kicked are dropped", async () => {
  await using server = await open({ maxInFlight: 1 });
  await using operator = await enter("ann", server.address, { identity: ann });
  await using chat = await enter("bob", server.address, { identity: bob });
  const said = Promise.allSettled(Array.from({ length: 50 }, (_, i) => chat.say(`${i}`)));
  await operator.until(({ heard }) => heard.includes("0"));
  await operator.order({ action: "kick", name: "bob" });
  await farewell(chat);
  await said;
  const before = operator.heard.length;
  await operator.say("the end");
  await operator.until(({ heard }) => heard.includes("the end"));
  assert(operator.heard.length <= before + 2, operator.heard.join());
});

Deno.test("a muted person cannot speak under a new name", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  await using muted = await enter("bob", server.address, { identity: bob });
  await operator.order({ action: "mute", name: "bob" });
  await using renamed = await muted.move({ name: "ann is bad" });
  assertEquals(await farewell(renamed), "muted");
});

Deno.test("a muted network cannot speak by new names or new rooms", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  await using member = await enter("dan", server.address);
  assertEquals(await member.say("hi"), 1);
  await operator.order({ action: "mute", name: "127.0.0.1", reason: "caps" });
  await using renamed = await member.move({ name: "ann is bad" });
  assertEquals(await turnedAway(renamed), "muted: caps");
  for (const join of [{}, { unlisted: true }, { room: "ann is bad" }]) {
    await using guests = joinLibraryChat("ann is bad", server.address, join);
    assertEquals(await turnedAway(guests), "muted: caps");
  }
  assertEquals(operator.happened.filter((what) => what.includes("bad")), []);
  assertEquals((await operator.rooms()).rooms.map(({ name }) => name), ["lobby"]);
  // They may read, and people with a key are exempt.
  await using reader = await enter("", server.address);
  await reader.until(({ heard }) => heard.includes("hi"));
  await using other = await enter("bob", server.address, { identity: bob, room: "dev" });
  assertEquals(await other.say("I have a key"), 1);
});

Deno.test("a muted key keeps its names, reads, and makes no rooms", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  {
    await using _bob = await enter("bob", server.address, { identity: bob });
  }
  await operator.order({ action: "mute", name: "bob" });
  await using here = await enter("bob", server.address, { identity: bob });
  await using _reader = await enter("", server.address, { identity: bob });
  assertEquals(await operator.say("hi"), 1);
  await here.until(({ heard }) => heard.includes("hi"));
  for (const [name, room] of [["bob", "ann is bad"], ["ann is bad", "lobby"]] as const) {
    await using chat = joinLibraryChat(name, server.address, { identity: bob, room });
    assertEquals(await turnedAway(chat), "muted");
  }
});

for (const store of ["memory", "a file"]) {
  Deno.test(`/remove removes a room permanently, and disconnects everyone in it (${store})`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await using server = await open(store === "memory" ? {} : { data: `${folder}/a.db` });
      await using operator = await enter("ann", server.address, { identity: ann });
      const dev = { room: "dev" };
      await using member = await enter("bob", server.address, { identity: bob, ...dev });
      await using reader = await enter("", server.address, dev);
      await member.say("1");
      await member.say("2");
      await reader.until(({ heard }) => heard.length === 2);
      const { words } = await operator.order({ action: "remove", name: "DEV", reason: "spam" });
      assertEquals(words, 'removed room "dev" with 2 notes');
      for (const chat of [member, reader]) {
        assertEquals(await farewell(chat), 'room "dev" removed by ann: spam');
      }
      assertEquals((await operator.rooms()).rooms.map(({ name }) => name), ["lobby"]);
      await using again = await enter("bob", server.address, { identity: bob, ...dev });
      assertEquals(await again.say("new"), 1);
      await again.until(({ heard }) => heard.includes("new"));
      assertEquals(again.heard, ["new"]);
      assertEquals(server.events, [{
        ...{ type: "remove", by: "ann", key: ann.fingerprint, name: "", whom: "" },
        ...{ room: "dev", reason: "spam" },
      }]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("/remove also removes the lobby, and disconnects its readers of the original contract", async () => {
  await using server = await open();
  using peer = new Peer(server.address);
  await peer.send({ name: "eve", message: "spam" });
  const stream = peer.stream();
  await stream.next();
  const ended = failure(stream.next());
  await using operator = await enter("ann", server.address, { identity: ann, room: "dev" });
  const { words } = await operator.order({ action: "remove", name: "lobby" });
  assertEquals(words, 'removed room "lobby" with 1 note');
  assertEquals(await ended, { code: 7, details: 'room "lobby" removed by ann' });
  await peer.send({ name: "eve", message: "hello" });
  assertEquals(await peer.read(1), [{ name: "eve", message: "hello" }]);
});

Deno.test("/remove refuses the operator's own room, and a missing one", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  await using member = await enter("bob", server.address, { identity: bob });
  assertEquals(
    await refused(operator, { action: "remove", name: "Lobby" }),
    'Cannot remove room "lobby" from inside it: run the command in another room',
  );
  assertEquals(
    await refused(operator, { action: "remove", name: "dev" }),
    'There is no room "dev"',
  );
  for (const action of ["remove", "names"] as const) {
    const words = await refused(member, { action, name: "lobby" });
    assert(words.startsWith("Only operators may do that"), words);
  }
  assertEquals(await member.say("still here"), 1);
});

Deno.test("/owners lists the owners of names, and whether they have posted under them", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  await using member = await enter("Bob", server.address, { identity: bob });
  await member.say("hi");
  {
    await using _gone = await enter("bobby", server.address, { identity: cat });
  }
  const names = async (pattern: string) => {
    const { names } = await operator.order({ action: "names", name: pattern });
    return names.map(({ name, key, spoken, time, seen }) => {
      assert(time > 0 && seen >= time, `${time} ${seen}`);
      return `${name} ${key === bob.fingerprint ? "bob's" : "another's"} ${spoken}`;
    });
  };
  assertEquals((await names("")).toSorted(), [
    ...["Bob bob's true", "ann another's false", "bobby another's false"],
  ]);
  assertEquals((await names("BOB")).toSorted(), ["Bob bob's true", "bobby another's false"]);
  assertEquals(await names(bob.fingerprint.slice(0, 20)), ["Bob bob's true"]);
  assertEquals(await names("nobody"), []);
  await operator.say("psst", { kind: "whisper", to: "bobby" }); // Nobody else may get that name.
  assertEquals((await names("bobby"))[0], "bobby another's true");
});

Deno.test("all spellings of an address belong to the same network", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  const ban = async (name: string) => (await operator.order({ action: "ban", name })).words;
  const all = "all without a key from 2001:db8:a::/64";
  assertEquals(await ban("2001:DB8:0a::1"), `banned "2001:DB8:0a::1": ${all} forever`);
  assertEquals(
    (await operator.order({ action: "unban", name: "2001:db8:a:0:ffff::2" })).words,
    `no longer banned: "2001:DB8:0a::1": ${all}`,
  );
  assertEquals(await ban("2001:db8:a:0::/64"), `banned "2001:db8:a:0::/64": ${all} forever`);
  const { sanctions: [listed] } = await operator.order({ action: "list", name: "" });
  assertEquals(listed?.principal, "2001:db8:a::/64");
  assertEquals(
    (await operator.order({ action: "unban", name: "2001:db8:a::/64" })).words,
    `no longer banned: "2001:db8:a:0::/64": ${all}`,
  );
  const mapped = await ban("::ffff:0a00:0001");
  assertEquals(mapped, 'banned "::ffff:0a00:0001": all without a key from 10.0.0.1 forever');
});

Deno.test("an order's target is a key or a network first, and a name second", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const data = `${folder}/a.db`;
    const decoys = [cat.fingerprint, "127.0.0.1"];
    {
      // Names older than the naming rule.
      await using store = await SqliteStore.open(data, {
        notes: 1,
        ageMs: Infinity,
        bytes: Infinity,
      });
      const since = { time: 1, seen: 1, spoken: true };
      for (const name of decoys) {
        await store.saveOwnedName({ name, key: bob.fingerprint, ...since });
      }
    }
    await using server = await open({ data });
    await using operator = await enter("ann", server.address, { identity: ann });
    await using decoy = await enter(decoys[0]!, server.address, { identity: bob });
    await using other = await enter(decoys[1]!, server.address, { identity: bob });
    await using named = await enter("cat", server.address, { identity: cat });
    await using loose = await enter("dan", server.address);
    for (
      const [name, hit, words] of [
        [decoys[0]!, named, `banned ${cat.fingerprint} forever`],
        [decoys[1]!, loose, 'banned "127.0.0.1": all without a key from 127.0.0.1 forever'],
      ] as const
    ) {
      assertEquals((await operator.order({ action: "ban", name })).words, words);
      assertEquals(await farewell(hit), "banned by ann");
    }
    assertEquals([await decoy.say("I am none"), await other.say("nor I")], [1, 2]);
    for (const name of decoys) {
      const words = await refused(operator, { action: "kick", name });
      assertEquals(words, `There is no "${name}" in this room`);
      await operator.order({ action: "unban", name });
    }
    assertEquals((await operator.order({ action: "list", name: "" })).sanctions, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a listener that throws breaks nothing", async () => {
  const onEvent = () => {
    throw new Error("from the listener");
  };
  await using server = await serve({ address: "127.0.0.1:0", onEvent });
  await using bob = await enter("bob", server.address);
  assertEquals(await bob.say("hello"), 1);
});
