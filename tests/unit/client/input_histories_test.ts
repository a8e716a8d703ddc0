import { assertEquals } from "@std/assert";
import { isKept } from "../../../client/conversation/commands/is_kept.ts";
import type { SentLine } from "../../../client/profile/history_file.ts";
import { InputHistories } from "../../../client/terminal/input_histories.ts";

const ADDRESSES = ["a:1"];

/** Histories, and the lines that they keep. */
function histories(sent: readonly SentLine[] = [], error?: Error) {
  const kept: SentLine[] = [];
  const failures: unknown[] = [];
  const append = (line: SentLine) => {
    kept.push(line);
    return error ? Promise.reject(error) : Promise.resolve();
  };
  const onFailure = (error: unknown) => void failures.push(error);
  const made = new InputHistories(sent, {
    ...{ addresses: ADDRESSES, history: { append }, onFailure },
    isKept: (line) => isKept(line, undefined),
  });
  return { made, kept, failures };
}

Deno.test("InputHistories keeps the lines of each room, but nothing private", async () => {
  const { made, kept } = histories([{ servers: ["a:1"], room: "lobby", line: "before" }]);
  const lobby = made.of("lobby");
  assertEquals([lobby.end, lobby.textAt(0), made.of("Lobby")], [1, "before", lobby]);
  const lines = [
    "before",
    "one",
    "one",
    " spaced",
    "",
    "/msg ann secret",
    "/MSG ann secret",
    "/mgs ann secret",
    "/msg",
    "/reply secret",
    "/r secret",
    "/query ann secret",
    "//msg not private",
    "/me waves",
    "/who",
    "two\nrows",
  ];
  for (const line of lines) lobby.add(line, line);
  lobby.add("dropped");
  lobby.add("dropped", "dropped");
  made.of("dev").add("two\nrows", "two\nrows");
  await made.flush();
  assertEquals(kept.map(({ room, line }) => [room, line]), [
    ["lobby", "one"],
    ["lobby", "//msg not private"],
    ["lobby", "/me waves"],
    ["lobby", "/who"],
    ["lobby", "two\nrows"],
    ["lobby", "dropped"],
    ["dev", "two\nrows"],
  ]);
  assertEquals(kept[0]!.servers, ADDRESSES);
});

Deno.test("InputHistories reports a failure once, and keeps no more", async () => {
  const error = new Error("no room");
  const { made, kept, failures } = histories([], error);
  for (const line of ["one", "two", "three"]) made.of("lobby").add(line, line);
  await made.flush();
  assertEquals([kept.length, failures], [1, [error]]);
});

Deno.test("isKept() knows that typed text is private while one person alone hears it", () => {
  const kept: [line: string, everybody: boolean, alone: boolean][] = [
    ["hello", true, false],
    ["//hello", true, false],
    ["/me waves", true, false],
    ["/who", true, true],
    ["/msg ann hello", false, false],
    ["/query", false, false],
    ["/nonsense", false, false],
  ];
  for (const [line, everybody, alone] of kept) {
    assertEquals([line, isKept(line, undefined), isKept(line, "ann")], [line, everybody, alone]);
  }
});
