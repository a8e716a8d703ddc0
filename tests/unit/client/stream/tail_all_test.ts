import { assertEquals, assertRejects } from "@std/assert";
import type { Chat, ChatEvent } from "../../../../client/chat.ts";
import { tailAll, type TailAllOptions } from "../../../../client/stream/tail_all.ts";
import { ChatError } from "../../../../room/errors.ts";
import { settles } from "../../../support/settles.ts";

type Join = TailAllOptions["joinRoom"];

/** A chat with events that `run` yields. */
function chatOf(run: () => AsyncGenerator<ChatEvent>): Chat {
  return { events: run } as unknown as Chat;
}

/** Resolves when a signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })
  );
}

/** A chat that is quiet until it is left. */
function quiet(signal: AbortSignal): Chat {
  // deno-lint-ignore require-yield -- nothing happens
  return chatOf(async function* () {
    await aborted(signal);
  });
}

/** How to follow rooms. */
interface FollowOptions {
  readonly untilNow?: boolean;
  /** The events of the lister. Default: none. */
  readonly events?: () => AsyncGenerator<ChatEvent>;
  /** Called when the rooms are listed. */
  readonly onList?: () => unknown;
  /** The pause between two lists, in milliseconds. Default: longer than a test takes. */
  readonly listMs?: number;
}

/** Follows as many rooms as `count`, which `joinRoom` joins, until `left` is aborted. */
function follow(
  count: number,
  joinRoom: Join,
  { untilNow = false, events, onList = () => {}, listMs = 600_000 }: FollowOptions = {},
) {
  const left = new AbortController();
  const reports: string[] = [];
  const rooms = Array.from({ length: count }, (_, i) => ({ name: `r${i}`, people: 0, notes: 0 }));
  const lister = {
    ...(events ? chatOf(events) : quiet(left.signal)),
    rooms: () => {
      onList();
      return Promise.resolve({ rooms, more: 0 });
    },
  } as unknown as Chat;
  const ended = tailAll(lister, {
    joinRoom,
    left,
    untilNow,
    listMs,
    ...{ format: ({ message }) => message, print: () => Promise.resolve() },
    ...{ report: (line) => void reports.push(line), probe: false, needsPositions: false },
  });
  ended.catch(() => {}); // A test that needs it awaits it.
  return { left, reports, ended };
}

Deno.test("tailAll() catches up with 8 rooms at the same time", async () => {
  const joined: string[] = [];
  const first = Promise.withResolvers<void>();
  const { left, ended } = follow(10, async (room, { signal }) => {
    joined.push(room);
    if (joined.length === 8) first.resolve();
    await aborted(signal);
    return quiet(signal);
  });
  await first.promise;
  await settles(first.promise); // One more turn, in which others might begin.
  const count = joined.length;
  left.abort();
  await ended;
  assertEquals(count, 8);
});

Deno.test("tailAll() with untilNow waits for rooms that begin when others have ended", async () => {
  let read = 0;
  const { ended } = follow(30, (_room, { signal }) =>
    // deno-lint-ignore require-yield -- there are no notes
    Promise.resolve(chatOf(async function* () {
      await settles(Promise.resolve());
      if (!signal.aborted) read++;
    })), { untilNow: true });
  await ended;
  assertEquals(read, 30);
});

Deno.test("tailAll() joins a room again that was missing once, and is still listed", async () => {
  const listedAgain = Promise.withResolvers<void>();
  let [joins, lists] = [0, 0];
  const { left, reports, ended } = follow(1, (_room, { signal }) => {
    if (++joins === 1) return Promise.reject(new ChatError("missing", "no room"));
    return Promise.resolve(quiet(signal));
  }, { onList: () => ++lists === 3 && listedAgain.resolve(), listMs: 1 });
  await listedAgain.promise;
  left.abort();
  await ended;
  assertEquals([joins, reports], [2, []]);
});

Deno.test("tailAll() tries again to join a room while the server is unavailable", async () => {
  let joins = 0;
  const { left, reports, ended } = follow(1, (_room, { signal }) => {
    if (++joins < 3) return Promise.reject(new ChatError("unavailable", "too many joins"));
    return Promise.resolve(quiet(signal));
  });
  await settles(ended.catch(() => {}));
  left.abort();
  await ended;
  assertEquals([joins, reports], [3, []]);
});

Deno.test("tailAll() does not report a room whose end is the end of everything", async () => {
  const kicked = new ChatError("forbidden", "kicked by ann");
  const roomEnded = Promise.withResolvers<void>();
  // deno-lint-ignore require-yield -- both end at once
  async function* events(): AsyncGenerator<ChatEvent> {
    await roomEnded.promise;
    await settles(roomEnded.promise);
    throw kicked;
  }
  // deno-lint-ignore require-yield -- both end at once
  const room = chatOf(async function* () {
    roomEnded.resolve();
    throw kicked;
  });
  const { reports, ended } = follow(1, () => Promise.resolve(room), { events });
  await assertRejects(() => ended, ChatError, "kicked by ann");
  assertEquals(reports, []);
});
