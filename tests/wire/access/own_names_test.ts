import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { ChatError, serve, type ServeOptions, type ServerEvent } from "../../../mod.ts";
import type { ModerationCommand } from "../../../room/moderation.ts";
import { hasNats, Nats } from "../../support/nats/nats.ts";
import { enter, joinLibraryChat, type LibraryChat } from "../../support/library_chat.ts";
import { FakeServer, welcome } from "../../support/wire/fake_server.ts";

const ann = await Identity.generate();
const bob = await Identity.generate();

const OWN: ModerationCommand = { action: "own", name: "" };
const drop = (name: string): ModerationCommand => ({ action: "drop", name });

/** Joins, says something, and leaves. */
async function visit(...args: Parameters<typeof joinLibraryChat>): Promise<void> {
  await using visitor = await enter(...args);
  await visitor.say("I was here");
  visitor.leave();
  await visitor.ended;
}

/** Asserts that an order is refused, and returns the code and the message. */
async function refused(chat: LibraryChat, command: ModerationCommand): Promise<[string, string]> {
  const { code, message } = await assertRejects(() => chat.order(command), ChatError);
  return [code, message];
}

/** Drops a name once the server knows that its last session has left, and returns the answer. */
async function dropOnceFree(chat: LibraryChat, name: string): Promise<string> {
  while (true) {
    try {
      return (await chat.order(drop(name))).words;
    } catch (error) {
      if (!(error instanceof ChatError && error.code === "taken")) throw error;
    }
  }
}

/** The names of a list, in order. */
async function ownNames(chat: LibraryChat): Promise<string[]> {
  return (await chat.order(OWN)).names.map(({ name }) => name);
}

/** Asks until a list has these names: a server hears of the changes on others a little later. */
async function untilOwnNames(chat: LibraryChat, wanted: readonly string[]): Promise<void> {
  while ((await ownNames(chat)).toSorted().join() !== wanted.join());
}

/** Opens the servers of one chat: one, or two that share a store. */
type OpenServers = (options: ServeOptions) => Promise<AsyncDisposable & { addresses: string[] }>;

/** Opens servers without rate limits: some tests ask again and again until an answer changes. */
async function openServers(each: readonly ServeOptions[]) {
  const stack = new AsyncDisposableStack();
  const addresses: string[] = [];
  for (const options of each) {
    addresses.push(stack.use(await serve({ address: "127.0.0.1:0", rate: 0, ...options })).address);
  }
  return { addresses, stack };
}

const STORES: Readonly<Record<string, OpenServers>> = {
  "memory": async (options) => {
    const { addresses, stack } = await openServers([options]);
    return { addresses, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  },
  "a file": async (options) => {
    const folder = await Deno.makeTempDir();
    const { addresses, stack } = await openServers([{ ...options, data: `${folder}/chat.db` }]);
    return {
      addresses,
      async [Symbol.asyncDispose]() {
        await stack.disposeAsync();
        await Deno.remove(folder, { recursive: true });
      },
    };
  },
  "two servers": async (options) => {
    const nats = await Nats.start();
    const shared = { ...options, cluster: { urls: nats.urls } };
    const { addresses, stack } = await openServers([shared, shared]);
    return {
      addresses,
      async [Symbol.asyncDispose]() {
        await stack.disposeAsync();
        await nats[Symbol.asyncDispose]();
      },
    };
  },
};

for (const [store, open] of Object.entries(STORES)) {
  const ignore = store === "two servers" && !(await hasNats());
  const why = ignore ? " (ignored: no nats-server)" : "";
  Deno.test({
    name: `a person lists their names and drops one, which another key takes: ${store}${why}`,
    ignore,
    async fn() {
      const events: ServerEvent[] = [];
      await using servers = await open({ onEvent: (event) => events.push(event) });
      const [here = "", there = here] = servers.addresses;
      await visit("old", here, { identity: ann });
      await using chat = await enter("ann", here, { identity: ann });
      const { names } = await chat.order(OWN);
      assertEquals(names.map(({ name, key, spoken }) => [name, key, spoken]), [
        ["ann", ann.fingerprint, false],
        ["old", ann.fingerprint, true],
      ]);
      await using other = await enter("bob", there, { identity: bob });
      assertEquals(await ownNames(other), ["bob"]);
      assertEquals(await refused(other, drop("old")), [
        "missing",
        'Cannot drop "old": it is not yours',
      ]);
      await using reader = await enter("", there, { identity: ann });
      assertMatch(await dropOnceFree(reader, "OLD"), /^"OLD" is not yours any more: /);
      assertEquals(await ownNames(reader), ["ann"]);
      await untilOwnNames(chat, ["ann"]);
      assertEquals(events.filter(({ type }) => type === "drop").map((event) => ({ ...event })), [{
        ...{ type: "drop", name: "", key: ann.fingerprint, room: "lobby" },
        ...{ address: "127.0.0.1", dropped: "OLD" },
      }]);
      await visit("old", here, { identity: bob });
      await untilOwnNames(other, ["bob", "old"]);
      await using former = joinLibraryChat("old", there, { identity: ann });
      await assertRejects(() => former.ended, ChatError, 'name "old" is taken');
    },
  });

  Deno.test({
    name: `a name in use is not dropped: ${store}${why}`,
    ignore,
    async fn() {
      await using servers = await open({});
      const [here = "", there = here] = servers.addresses;
      await using chat = await enter("ann", here, { identity: ann });
      await using watcher = await enter("bob", here, { identity: bob, room: "dev" });
      await using second = await enter("work", there, { identity: ann, room: "dev" });
      await watcher.until(({ happened }) => happened.includes("+work"));
      assertEquals(await refused(chat, drop("Ann")), [
        "taken",
        'Cannot drop "Ann": you are using it; take another name first',
      ]);
      assertEquals(await refused(chat, drop("work")), [
        "taken",
        'Cannot drop "work": you are using it in another session',
      ]);
      assertEquals(await second.say("still mine"), 1);
      await using renamed = await chat.move({ name: "anna" });
      await renamed.until(({ happened }) => happened.includes("connected"));
      await assertRejects(() => chat.ended, ChatError, '"ann" has joined again');
      assertMatch(await dropOnceFree(renamed, "ann"), /^"ann" is not yours any more: /);
      assertEquals((await ownNames(renamed)).toSorted(), ["anna", "work"]);
    },
  });
}

Deno.test("a person without a key has no names, and no right to other commands either", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using guest = await enter("guest", server.address);
  for (const command of [OWN, drop("guest"), drop("")]) {
    assertEquals(await refused(guest, command), [
      "invalid",
      "You have no key, so no name is yours",
    ]);
  }
  await using chat = await enter("ann", server.address, { identity: ann });
  assertEquals(await refused(chat, drop("")), ["invalid", "The command needs a name to drop"]);
  assertEquals((await refused(chat, { action: "names", name: "" }))[0], "forbidden");
});

for (
  const [what, orders, code] of [
    ["that refuses them as an operator's", true, 7],
    ["that does not know them", true, 12],
    ["without orders", false, 0],
  ] as const
) {
  Deno.test(`commands about one's own names are unsupported by an older server ${what}`, async () => {
    using server = await FakeServer.answering(({ join, orders: asked }) => {
      if (join) return { welcome: { ...welcome(join).welcome, orders } };
      return { outcomes: asked.map(() => ({ code, words: "Only operators may do that" })) };
    });
    await using chat = await enter("ann", server.address);
    for (const command of [OWN, drop("old")]) {
      assertEquals(await refused(chat, command), [
        "unsupported",
        "This server is of an older version: it cannot list your names or take one back",
      ]);
    }
  });
}

Deno.test("a server of the original contract knows no keys", async () => {
  using server = await FakeServer.original([]);
  await using chat = await enter("ann", server.address, { identity: ann });
  assertEquals(await refused(chat, OWN), [
    "unsupported",
    "This server speaks the original contract: it knows no keys",
  ]);
});
