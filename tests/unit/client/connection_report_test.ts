import { assertEquals } from "@std/assert";
import type { ChatEvent } from "../../../client/chat.ts";
import { ConnectionReport, Outage } from "../../../client/stream/connection_report.ts";
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

Deno.test("ConnectionReport reports a new history after notes that arrived since", () => {
  const note = { name: "ann", message: "x", kind: "said" } as const;
  const at = (history: string): ChatEvent => ({ ...CONNECTED, head: { history, seq: 0 } });
  assertEquals(reported(at("h1"), { type: "notes", notes: [note] }, failed("gone"), at("h2")), [
    '-- not connected to "chat.example:1": gone; retrying --',
    "-- connected again; the server has started a new history --",
  ]);
});

Deno.test("an Outage of several chats is over when all are connected, and says what is most", () => {
  const lines: string[] = [];
  const report = (line: string) => void lines.push(line);
  const outage = new Outage(report);
  const [one, two, three] = [1, 2, 3].map(() => new ConnectionReport(report, outage));
  const at = (history: string): ChatEvent => ({ ...CONNECTED, head: { history, seq: 1 } });
  for (const chat of [one!, two!, three!]) chat.record(at("h1"));
  const begun = '-- not connected to "chat.example:1": gone; retrying --';
  for (const chat of [one!, two!, three!]) chat.record(failed("gone"));
  assertEquals(lines, [begun]);
  one!.record(at("h2"));
  two!.record(at("h1"));
  assertEquals(lines, [begun]);
  three!.close(); // Nobody waits for a chat that has ended.
  const ended = "-- connected again; the server has started a new history --";
  assertEquals(lines, [begun, ended]);
  one!.record(at("h2")); // It was connected.
  one!.record(failed("gone"));
  one!.record(at("h2"));
  assertEquals(lines.slice(2), [begun, "-- connected again --"]);
});

Deno.test("ConnectionReport says that it waits for a room that is not there", () => {
  assertEquals(reported({ ...CONNECTED, awaited: true }), [
    '-- there is no room "lobby" yet; waiting for it --',
  ]);
});
