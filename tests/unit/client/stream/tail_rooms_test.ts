import { assertEquals } from "@std/assert";
import type { Chat, ChatEvent } from "../../../../client/chat.ts";
import { tailRooms } from "../../../../client/stream/tail_rooms.ts";
import { ChatError } from "../../../../room/errors.ts";

const ADDRESS = "chat.example:1";

/** A chat in a room that is connected, is cut off and, once `after` settles, goes on with `rest`. */
function chatOf(room: string, after: Promise<void>, rest: () => ChatEvent): Chat {
  async function* events(): AsyncGenerator<ChatEvent> {
    yield connected(room);
    yield {
      ...{ type: "disconnected", address: ADDRESS, next: ADDRESS },
      ...{ reason: "nothing listens there", retryMs: 500 },
    };
    await after;
    yield rest();
  }
  return { events } as unknown as Chat;
}

function connected(room: string): ChatEvent {
  return {
    ...{ type: "connected", address: ADDRESS, contract: "session", room, name: "" },
    members: [],
  };
}

Deno.test("tailRooms() reports the end of an outage in which one of the rooms is removed", async () => {
  const reports: string[] = [];
  const isRemoved = Promise.withResolvers<void>();
  const chats = new Map([
    [
      "a",
      chatOf("a", Promise.resolve(), () => {
        throw new ChatError("missing", "the room is removed");
      }),
    ],
    ["b", chatOf("b", isRemoved.promise, () => connected("b"))],
  ]);
  await tailRooms(chats, {
    report: (line) => {
      reports.push(line);
      if (line.includes("the room is removed")) isRemoved.resolve();
    },
    ...{ format: ({ message }) => message, print: () => Promise.resolve() },
    ...{ left: new AbortController(), probe: false, needsPositions: false, untilNow: false },
  });
  assertEquals(reports, [
    `-- not connected to "${ADDRESS}": nothing listens there; retrying --`,
    "#a -- the room is removed --",
    "-- connected again --",
  ]);
});
