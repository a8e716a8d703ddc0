import { assertEquals } from "@std/assert";
import type { ChatEvent } from "../../../client/chat.ts";
import { ConnectionReport } from "../../../client/stream/connection_report.ts";
import { person } from "../../support/people.ts";

const CONNECTED: ChatEvent = {
  type: "connected",
  address: "chat.example:1",
  room: "lobby",
  name: "bob",
  contract: "session",
  members: [],
};

function failed(reason: string, next = "chat.example:1"): ChatEvent {
  return {
    type: "disconnected",
    address: "chat.example:1",
    reason,
    retryMs: 500,
    next,
  };
}

/** The report of these events. */
function reported(...events: ChatEvent[]): string[] {
  const lines: string[] = [];
  const report = new ConnectionReport((line) => void lines.push(line));
  for (const event of events) report.record(event);
  return lines;
}

Deno.test("ConnectionReport reports an outage in one line, and its end in one", () => {
  const stopping = failed("The server is stopping");
  const gone = failed("nothing listens there");
  assertEquals(reported(CONNECTED, stopping, gone, gone, CONNECTED, stopping, gone, CONNECTED), [
    '-- not connected to "chat.example:1": The server is stopping; retrying --',
    "-- connected again --",
    '-- not connected to "chat.example:1": The server is stopping; retrying --',
    "-- connected again --",
  ]);
});

Deno.test("ConnectionReport names another server, and reports a new history of a room with notes", () => {
  const head = (history: string, seq: number) => ({ head: { history, seq } });
  const moved: ChatEvent = failed("gone", "b.example:1");
  const there = { ...CONNECTED, address: "b.example:1" };
  const outage = '-- not connected to "chat.example:1": gone; trying "b.example:1" --';
  for (
    const [before, after, words] of [
      [head("h1", 1), head("h1", 1), "connected again"],
      [head("h1", 1), head("h2", 0), "connected again; the server has started a new history"],
      [head("h1", 0), head("h2", 1), "connected again"], // Nothing can appear twice.
    ] as const
  ) {
    assertEquals(reported({ ...CONNECTED, ...before }, moved, { ...there, ...after }), [
      outage,
      `-- ${words} (now at "b.example:1") --`,
    ]);
  }
});

Deno.test("ConnectionReport reports a missing first connection once, and not the connection itself", () => {
  assertEquals(reported(failed("no answer"), failed("nothing listens there"), CONNECTED), [
    '-- not connected to "chat.example:1": no answer; retrying --',
  ]);
});

Deno.test("ConnectionReport reports how many notes are lost, and no joins or leaves", () => {
  const events: ChatEvent[] = [{ type: "joined", ...person("ann") }, { type: "lost", count: 2 }];
  assertEquals(reported(CONNECTED, ...events), [
    "-- 2 notes were removed before you could read them --",
  ]);
});
