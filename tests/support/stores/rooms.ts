import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { LIMITS } from "../../../room/limits.ts";
import { UNIX } from "../../../room/network.ts";
import type { Draft } from "../../../room/note.ts";
import { Rooms, type RoomStore, type RoomUse } from "../../../room/state/rooms.ts";
import type { RegisterTest } from "./register.ts";

/** Opens the rooms of a store. */
export function openRooms(store: RoomStore, maxRooms = 3): Promise<Rooms> {
  return Rooms.open(store, {
    now: () => 7,
    defer: (task) => void setImmediate(task),
    yieldToEventLoop: () => Promise.resolve(),
    onError: (error) => {
      throw error;
    },
    maxMembers: 10,
    maxRooms,
  });
}

const MAKE = () => {};
const WAIT = { network: "10.0.0.1" };

/** Drafts of ann. */
export function say(...messages: string[]): Draft[] {
  return messages.map((message) => ({ id: "", name: "ann", message, kind: "said" }));
}

/** Waits until the pending work of a use is done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Uses a room, posts a note in it, and leaves it. */
async function speak(rooms: Rooms, name: string, ...messages: string[]): Promise<void> {
  using use = await rooms.use(name, MAKE);
  await use.room.post(say(...messages));
}

function names(rooms: Rooms): string[] {
  return rooms.list().rooms.map(({ name }) => name).sort();
}

/** Opens an empty store, which may use files in a temporary folder. */
export type OpenRoomStore = (folder: string) => RoomStore | Promise<RoomStore>;

/** Tests an implementation of `RoomStore` under `Rooms`: every one must pass. */
export function testRooms(
  name: string,
  open: OpenRoomStore,
  register: RegisterTest = Deno.test,
): void {
  const test = (behavior: string, body: (rooms: Rooms, store: RoomStore) => Promise<void>) =>
    register(`Rooms over a ${name} ${behavior}`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await using store = await open(folder);
        await body(await openRooms(store), store);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  test("drop a room without notes once nobody uses it", async (rooms, store) => {
    const uses = [await rooms.use("a", MAKE), await rooms.use("A", MAKE)] as const;
    assertEquals(uses[0].room, uses[1].room);
    uses[0][Symbol.dispose]();
    await settled();
    assertEquals([names(rooms), rooms.size], [["a"], 1]);
    uses[1][Symbol.dispose]();
    await settled();
    assertEquals([names(rooms), rooms.size, await store.rooms()], [[], 0, []]);
    await assertRejects(
      () => rooms.use("a", "refuse"),
      ChatError,
      'no room "a" yet',
    );
    using again = await rooms.use("a", MAKE);
    assert(again.room !== uses[0].room);
    // Servers that share a store agree on the history of a room before they store anything.
    assertEquals(again.room.history === uses[0].room.history, store.followRooms !== undefined);
    await assertRejects(() => uses[0].room.post(say("x")), ChatError, "The room is gone");
  });

  test(
    "keep a room from its first note on, also when they are reopened",
    async (rooms, store) => {
      await speak(rooms, "a", "1");
      await settled();
      assertEquals([names(rooms), await store.rooms()], [["a"], ["a"]]);
      const again = await openRooms(store);
      using use = await again.use("a", "refuse");
      assertEquals(use.room.head, 1);
    },
  );

  test("keep a room whose first note is under way when the last user leaves", async (rooms) => {
    const use = await rooms.use("a", MAKE);
    const posted = use.room.post(say("1"));
    use[Symbol.dispose]();
    assertEquals(await posted, [1]);
    await settled();
    using again = await rooms.use("a", "refuse");
    assertEquals([again.room, again.room.head], [use.room, 1]);
  });

  test("keep a room for a user who comes while the last one leaves", async (rooms) => {
    const use = await rooms.use("a", MAKE);
    const coming = rooms.use("a", MAKE);
    use[Symbol.dispose]();
    using come = await coming;
    await settled();
    const leaving = come.room.post(say("1"));
    assertEquals([come.room, await leaving, names(rooms)], [use.room, [1], ["a"]]);
  });

  test("keep the spelling that a room was made with", async (rooms, store) => {
    await speak(rooms, "Dev", "1");
    await speak(rooms, "dEV", "2");
    await settled();
    assertEquals([names(rooms), await store.rooms(), rooms.spelling("DEV")], [
      ["Dev"],
      ["Dev"],
      "Dev",
    ]);
    const again = await openRooms(store);
    using use = await again.use("dev", "refuse");
    assertEquals([use.room.name, use.room.head, names(again)], ["Dev", 2, ["Dev"]]);
    assertEquals(await again.remove("DEV", () => {}), 2);
    await settled();
    assertEquals([names(again), await store.rooms()], [[], []]);
  });

  test("let a reader wait for a room, which others make", async (rooms, store) => {
    {
      using waiting = await rooms.use("DEV", WAIT);
      assertEquals([names(rooms), rooms.size, rooms.has("dev")], [[], 0, false]);
      assertEquals(waiting.room.name, "DEV");
      using making = await rooms.use("Dev", MAKE);
      assertEquals([making.room, making.room.name], [waiting.room, "Dev"]);
      await settled();
      assertEquals([names(rooms), rooms.has("dev")], [["Dev"], true]);
      await making.room.post(say("1"));
      assertEquals((await waiting.room.segmentAt(1))?.notes.length, 1);
      using _other = await rooms.use("other", WAIT);
    }
    await settled();
    assertEquals([names(rooms), await store.rooms()], [["Dev"], ["Dev"]]);
  });

  test("have a bound on rooms that readers wait for, apart from the others", async (rooms) => {
    const waits: RoomUse[] = [];
    for (const name of ["a", "b", "c"]) waits.push(await rooms.use(name, WAIT));
    const wait = () => rooms.use("d", WAIT);
    const words = 'Cannot wait for room "d": readers wait for 3 other rooms already';
    await assertRejects(wait, ChatError, words);
    using _again = await rooms.use("A", WAIT);
    using _other = await rooms.use("e", MAKE);
    await assertRejects(wait, ChatError, words);
    waits[1]![Symbol.dispose]();
    await settled();
    using _waiting = await wait();
    using _made = await rooms.use("c", MAKE); // It makes place for another one.
    using _next = await rooms.use("f", WAIT);
  });

  test("let the readers of a network wait for some rooms, not for all", async (_, store) => {
    const rooms = await openRooms(store, 2 * LIMITS.awaitedPerNetwork + 2);
    using waits = new DisposableStack();
    const wait = async (name: string, network: string) =>
      waits.use(await rooms.use(name, { network }));
    await wait("x", "10.0.0.2");
    for (let i = 0; i < LIMITS.awaitedPerNetwork; i++) await wait(`${i}`, "10.0.0.1");
    await assertRejects(
      () => wait("y", "10.0.0.1"),
      ChatError,
      'Cannot wait for room "y": readers in your network wait for 100 other rooms already',
    );
    await wait("X", "10.0.0.1"); // It is one of them already.
    await wait("y", "10.0.0.2");
    for (let i = 0; i < LIMITS.awaitedPerNetwork; i++) await wait(`unix ${i}`, UNIX);
  });

  test("have a bound that does not count the lobby", async (rooms) => {
    const uses: RoomUse[] = [];
    for (const name of ["a", "b", "c"]) uses.push(await rooms.use(name, MAKE));
    const full = () => rooms.use("d", MAKE);
    await assertRejects(full, ChatError, 'Cannot create room "d": there are 3 already');
    assertEquals((await rooms.lobby()).name, "lobby");
    await assertRejects(full, ChatError);
    uses[0]![Symbol.dispose]();
    await settled();
    using _d = await full();
    await assertRejects(() => rooms.use("e", MAKE), ChatError, "there are 3 already");
  });

  test("ask before they make a room, and only then", async (rooms) => {
    let asked = 0;
    const make = () => {
      if (asked++ > 0) throw new ChatError("limited", "too many");
    };
    using _a = await rooms.use("a", make);
    using _b = await rooms.use("a", make);
    using _lobby = await rooms.use("", make);
    assertEquals(asked, 1);
    await assertRejects(() => rooms.use("b", make), ChatError, "too many");
    assertEquals(names(rooms), ["a", "lobby"]);
  });

  test(
    "remove a room with its notes permanently, and can make another of that name",
    async (rooms, store) => {
      await speak(rooms, "b", "stays");
      await speak(rooms, "a", ...Array.from({ length: 1_234 }, (_, i) => `${i}`));
      const use = await rooms.use("a", MAKE);
      const removing = rooms.remove("A", () => use[Symbol.dispose]());
      // A user who joins during the removal gets the next room.
      using next = await rooms.use("a", MAKE);
      assertEquals(await removing, 1_234);
      assert(next.room !== use.room && next.room.history !== use.room.history);
      assertEquals([next.room.head, await next.room.post(say("new"))], [0, [1]]);
      await assertRejects(() => use.room.post(say("x")), ChatError, "The room is gone");
      assertEquals((await store.rooms()).toSorted(), ["a", "b"]);
      const again = await openRooms(store);
      using kept = await again.use("b", "refuse");
      assertEquals((await kept.room.segmentAt(1))?.notes.map(({ message }) => message), ["stays"]);
      await assertRejects(() => rooms.remove("c", () => {}), ChatError, 'There is no room "c"');
    },
  );

  test(
    "accept notes under way when a room is removed, and remove them too",
    async (rooms, store) => {
      const use = await rooms.use("a", MAKE);
      const posted = use.room.post(say("1", "2"));
      assertEquals(await rooms.remove("a", () => {}), 2);
      assertEquals(await posted, [1, 2]);
      use[Symbol.dispose]();
      await settled();
      assertEquals([names(rooms), await store.rooms()], [[], []]);
      await assertRejects(() => rooms.remove("a", () => {}), ChatError, "There is no room");
    },
  );

  test("ask whether a room may be made, once its name is valid and not in use", async (rooms) => {
    let asked = 0;
    const make = () => void asked++;
    await assertRejects(() => rooms.use("ops: eve", make), ChatError, 'has ":"');
    assertEquals(asked, 0);
    using old = await rooms.use("a", make);
    const removing = rooms.remove("a", () => {});
    using next = await rooms.use("a", make);
    await removing;
    assertEquals([old.room === next.room, asked], [false, 2]);
    const again = rooms.remove("a", () => {});
    await assertRejects(
      () => rooms.use("a", "refuse"),
      ChatError,
      "There is no room",
    );
    await again;
  });

  test("remove a room that nobody has opened since the start", async (rooms, store) => {
    await speak(rooms, "a", "1");
    const again = await openRooms(store);
    assertEquals(await again.remove("a", () => {}), 1);
    assertEquals([again.size, await store.rooms()], [0, []]);
  });

  test("let readers of all rooms continue when one is removed", async (rooms) => {
    const left = new AbortController();
    const heard: string[] = [];
    const reading = (async () => {
      for await (const { room, notes } of rooms.read(left.signal)) {
        heard.push(...notes.map(({ message }) => `${room} ${message}`));
        if (heard.length === 3) left.abort();
      }
    })();
    await speak(rooms, "a", "1");
    await rooms.remove("a", () => {});
    (await rooms.use("b", MAKE))[Symbol.dispose]();
    await settled();
    await speak(rooms, "b", "2");
    await speak(rooms, "a", "3");
    await assertRejects(() => reading, DOMException, "aborted");
    assertEquals(heard, ["a 1", "b 2", "a 3"]);
  });
}
