import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import type { Draft } from "../../../room/note.ts";
import type { Rooms } from "../../../room/state/rooms.ts";
import type { RegisterTest } from "../stores/register.ts";
import {
  settle,
  type StartCluster,
  type TestServer,
  type TestServerOptions,
  withServers,
} from "./shared_store.ts";

const MAKE = () => {};
const SAY: readonly Draft[] = [{ id: "", name: "ann", message: "1", kind: "said" }];

/** Waits until the pending work of a use is done. */
const idle = () => new Promise((resolve) => setImmediate(resolve));

function namesOf(rooms: Rooms): string[] {
  return rooms.list().rooms.map(({ name }) => name).sort();
}

/** Posts a note in a room, and leaves it. */
async function speak({ rooms }: TestServer, name: string): Promise<void> {
  using use = await rooms.use(name, MAKE);
  await use.room.post(SAY);
}

/** Tests rooms on several servers of a cluster. */
export function testSharedRooms(
  cluster: string,
  start: StartCluster,
  register: RegisterTest = Deno.test,
): void {
  const test = (
    behavior: string,
    body: (a: TestServer, b: TestServer, open: () => Promise<TestServer>) => Promise<void>,
    options: TestServerOptions = {},
  ) =>
    register(
      `Rooms of two servers on ${cluster} ${behavior}`,
      () =>
        withServers(start, async (openWith) => {
          const open = () => openWith(options);
          await body(await open(), await open(), open);
        }),
    );

  test("are known to both from their first note on, and after a restart", async (a, b, open) => {
    await speak(a, "Dev");
    await settle(a, b);
    assertEquals([namesOf(b.rooms), b.rooms.has("dEV"), b.rooms.spelling("dev")], [
      ["Dev"],
      true,
      "Dev",
    ]);
    assertEquals(namesOf((await open()).rooms), ["Dev"]);
    using use = await b.rooms.use("dev", "refuse");
    assertEquals(use.room.name, "Dev");
  });

  test("have one history and one spelling, wherever they are made first", async (a, b) => {
    using first = await a.rooms.use("Dev", MAKE);
    using second = await b.rooms.use("DEV", MAKE);
    assertEquals(first.room.history, second.room.history);
    await Promise.all([first.room.post(SAY), second.room.post(SAY)]);
    await settle(a, b);
    assertEquals(first.room.name, second.room.name);
    assertEquals(namesOf(a.rooms), namesOf(b.rooms));
  });

  test("are there for a reader who waits for them on the other", async (a, b) => {
    using waiting = await b.rooms.use("DEV", { network: "10.0.0.1" });
    assertEquals([b.rooms.has("dev"), waiting.room.name], [false, "DEV"]);
    await speak(a, "Dev");
    await settle(a, b);
    assertEquals([b.rooms.has("dev"), waiting.room.name], [true, "Dev"]);
    using use = await b.rooms.use("dev", "refuse");
    assertEquals(use.room, waiting.room);
  });

  test("disappear only where nobody uses them, if they have no notes", async (a, b) => {
    using kept = await a.rooms.use("dev", MAKE);
    (await b.rooms.use("dev", MAKE))[Symbol.dispose]();
    await idle();
    assertEquals([namesOf(a.rooms), namesOf(b.rooms)], [["dev"], []]);
    await kept.room.post(SAY);
    await settle(a, b);
    assertEquals(namesOf(b.rooms), ["dev"]);
  });

  test("stay when their last user leaves a server that has no notes of them yet", async (a, b) => {
    const use = await b.rooms.use("dev", { network: "10.0.0.1" });
    await speak(a, "dev");
    await settle(a, b);
    use[Symbol.dispose]();
    await idle();
    assertEquals([namesOf(a.rooms), namesOf(b.rooms)], [["dev"], ["dev"]]);
  });

  test("are removed on both, and are other ones afterwards", async (a, b) => {
    await speak(a, "Dev");
    await settle(a, b);
    using old = await b.rooms.use("dev", "refuse");
    await a.rooms.remove("dev", () => {}, "gone");
    await settle(a, b);
    await idle();
    assertEquals([namesOf(a.rooms), namesOf(b.rooms)], [[], []]);
    await assertRejects(() => old.room.post(SAY), ChatError, "The room is gone");
    await assertRejects(() => b.rooms.use("dev", "refuse"), ChatError, 'no room "dev" yet');
    using made = await b.rooms.use("dev", MAKE);
    using same = await a.rooms.use("dev", MAKE);
    assertEquals([made.room.history === old.room.history, made.room.history], [
      false,
      same.room.history,
    ]);
    await made.room.post(SAY);
    await settle(a, b);
    assertEquals([namesOf(a.rooms), namesOf(b.rooms)], [["dev"], ["dev"]]);
  });

  test("are removed once, if both are told to", async (a, b) => {
    await speak(a, "dev");
    await settle(a, b);
    const removals = [a, b].map(({ rooms }) => rooms.remove("dev", () => {}, "gone"));
    await Promise.allSettled(removals);
    await settle(a, b);
    const uses = [await a.rooms.use("dev", MAKE), await b.rooms.use("dev", MAKE)] as const;
    assertEquals(uses[0].room.history, uses[1].room.history);
    for (const use of uses) use[Symbol.dispose]();
  });

  test("are removed also where they have no notes", async (a, b) => {
    using _use = await a.rooms.use("dev", MAKE);
    using other = await b.rooms.use("dev", MAKE);
    await a.rooms.remove("dev", () => {}, "gone");
    await settle(a, b);
    await idle();
    await assertRejects(() => other.room.post(SAY), ChatError, "The room is gone");
    assertEquals([namesOf(a.rooms), namesOf(b.rooms)], [[], []]);
  });

  test("have a bound that two servers cannot pass together", async (a, b) => {
    using first = await a.rooms.use("a", MAKE);
    using second = await b.rooms.use("b", MAKE);
    using lobby = await a.rooms.use("", MAKE);
    const posts = await Promise.allSettled(
      [first, second, lobby].map(({ room }) => room.post(SAY)),
    );
    const refused = posts.flatMap((post) => post.status === "rejected" ? [post.reason] : []);
    assertEquals(refused.map(({ code, message }) => [code, message.slice(0, 20)]), [
      ["full", 'Cannot create room "'],
    ]);
    assertEquals((await a.store.rooms()).length, 2);
  }, { rooms: { maxRooms: 1, onError: () => {} } });
}
