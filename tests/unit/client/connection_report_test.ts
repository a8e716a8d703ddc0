import { assertEquals } from "@std/assert";
import type { ChatEvent } from "../../../client/chat.ts";
import { ConnectionReport } from "../../../client/stream/connection_report.ts";
import { person } from "../../support/people.ts";

const CONNECTED: ChatEvent = {
  type: "connected",
  room: "lobby",
  name: "bob",
  contract: "session",
  members: [],
};

function failed(reason: string): ChatEvent {
  return { type: "disconnected", address: "chat.example:1", reason, retryMs: 500 };
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
