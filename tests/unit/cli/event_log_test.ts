import { assertEquals } from "@std/assert";
import { EventLog, type EventLogOptions } from "../../../cli/commands/serve/event_log.ts";
import { ChatError } from "../../../room/errors.ts";
import type { ServerEvent } from "../../../server.ts";

/** A log and its output. */
function open(options: Partial<EventLogOptions> = {}) {
  const written: string[] = [];
  const log = new EventLog({
    format: "text",
    level: "info",
    write: (text) => Promise.resolve(void written.push(text)),
    now: () => new Date(0),
    ...options,
  });
  const lines = async () => {
    await log.flush();
    return written.join("").split("\n").slice(0, -1);
  };
  return { log, lines };
}

const EVENTS: ServerEvent[] = [
  {
    ...{ type: "start", address: "127.0.0.1:1", pid: 7, encrypted: true, fingerprint: "AD:C5" },
    ...{ data: ":memory:", keep: 5, keepAgeMs: Infinity, keepBytes: 7 },
  },
  { type: "join", name: "Kim Min", room: "lobby", key: undefined, address: "::1", unlisted: false },
  { type: "refused", kind: "taken", reason: 'name "bob\x1b" is taken', name: "bob\x1b", more: 3 },
  { type: "refused", kind: "invalid", reason: "it is for debugging" },
  {
    ...{ type: "ban", by: "ann", key: "SHA256:a/+", name: "bob", whom: "10.0.0.1" },
    ...{ until: 60_000, reason: "" },
  },
  {
    type: "error",
    error: new ChatError("unavailable", "no", { cause: new ChatError("unavailable", "disk full") }),
  },
  { type: "leave", name: "", room: "lobby", address: "::1", reason: "left" },
  { type: "slow", name: "bob", room: "lobby", address: "::1", behind: 12 },
  { type: "engine", state: "awaited", reason: "no answer" },
  { type: "engine", state: "away" },
  { type: "engine", state: "down", seconds: 5 },
  { type: "engine", state: "back", seconds: 7.25 },
  { type: "server", state: "gone", server: "x1", servers: 2 },
  { type: "clock", seconds: -6 },
  { type: "retention", room: "lobby", notes: 3 },
];

const KEY = `SHA256:0ZtYq3F${"k".repeat(36)}`;

/** The most common lines. */
const USUAL: ServerEvent[] = [
  { type: "join", name: "bob", room: "lobby", key: KEY, address: "192.0.2.7", unlisted: false },
  { type: "rename", name: "rob", room: "lobby", key: KEY, address: "192.0.2.7", was: "bob" },
  { type: "ban", by: "ann", key: KEY, name: "bob", whom: KEY, until: 60_000, reason: "" },
];

Deno.test("EventLog writes a line for each event, safe for a terminal", async () => {
  const { log, lines } = open();
  for (const event of EVENTS) log.record(event);
  const at = "1970-01-01T00:00:00Z";
  assertEquals(await lines(), [
    `${at} info start address=127.0.0.1:1 pid=7 encrypted=true data=:memory: keep=5 keepBytes=7`,
    `${at} info join name="Kim Min" room=lobby address=::1`,
    String
      .raw`${at} warn refused kind=taken reason="name \"bob\u001b\" is taken" name="bob\u001b" more=3`,
    `${at} info ban by=ann key=SHA256:a/+ name=bob whom=10.0.0.1 until=1970-01-01T00:01:00Z`,
    `${at} error error error="no: disk full"`,
    `${at} info leave room=lobby address=::1 reason=left`,
    `${at} warn slow name=bob room=lobby address=::1 behind=12`,
    `${at} warn engine state=awaited reason="no answer"`,
    `${at} warn engine state=away`,
    `${at} error engine state=down seconds=5`,
    `${at} warn engine state=back seconds=7.25`,
    `${at} info server state=gone server=x1 servers=2`,
    `${at} warn clock seconds=-6`,
  ]);
});

Deno.test("EventLog writes short keys as text, and whole ones as JSON", async () => {
  const [text, json] = [open(), open({ format: "json" })];
  for (const event of USUAL) {
    text.log.record(event);
    json.log.record(event);
  }
  const at = "1970-01-01T00:00:00Z";
  const lines = await text.lines();
  assertEquals(lines, [
    `${at} info join name=bob room=lobby key=0ZtYq3F address=192.0.2.7`,
    `${at} info rename name=rob room=lobby key=0ZtYq3F address=192.0.2.7 was=bob`,
    `${at} info ban by=ann key=0ZtYq3F name=bob whom=0ZtYq3F until=1970-01-01T00:01:00Z`,
  ]);
  assertEquals(lines[0]!.length, 80);
  assertEquals((await json.lines()).map((line) => JSON.parse(line).key), [KEY, KEY, KEY]);
});

Deno.test("EventLog writes JSON, one object per line, at the selected levels", async () => {
  const { log, lines } = open({ format: "json", level: "debug" });
  for (const event of [...EVENTS.slice(2, 4), ...EVENTS.slice(-1)]) log.record(event);
  const time = "1970-01-01T00:00:00.000Z";
  assertEquals((await lines()).map((line) => JSON.parse(line)), [
    {
      ...{ time, level: "warn", event: "refused", kind: "taken", name: "bob\x1b", more: 3 },
      reason: 'name "bob\x1b" is taken',
    },
    { time, level: "debug", event: "refused", kind: "invalid", reason: "it is for debugging" },
    { time, level: "debug", event: "retention", room: "lobby", notes: 3 },
  ]);
});

Deno.test("EventLog counts the lines it had to drop, and never blocks", async () => {
  const slow = Promise.withResolvers<void>();
  const written: string[] = [];
  const { log } = open({
    write: async (text) => {
      written.push(text);
      await slow.promise;
    },
  });
  for (let i = 0; i < 10_101; i++) log.add("info", `${i}`);
  slow.resolve();
  await log.flush();
  const lines = written.join("").split("\n").slice(0, -1);
  assertEquals(lines.length, 10_000 + 1 + 1);
  assertEquals(
    lines.at(-1)?.replace(/^\S+ /, ""),
    'warn log reason="nobody read these lines of it" lines=100',
  );
});

Deno.test("EventLog survives a closed output", async () => {
  const { log } = open({ write: () => Promise.reject(new Error("broken pipe")) });
  log.add("error", "one");
  await log.flush();
  log.add("error", "two");
  await log.flush();
});
