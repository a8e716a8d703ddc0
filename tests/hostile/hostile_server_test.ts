import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Transcript } from "../../client/conversation/transcript.ts";
import { Identity } from "../../client/profile/identity.ts";
import { renderHeader } from "../../client/render/header.ts";
import { renderRow } from "../../client/render/row.ts";
import { PLAIN } from "../../client/render/style.ts";
import { type Chat, ChatError, join } from "../../mod.ts";
import { toWireAction } from "../../proto/enums.ts";
import type { ServerFrameInit } from "../../proto/mod.ts";
import { STATUS } from "../../proto/status.ts";
import { noteJson } from "../../room/note_json.ts";
import { escapeText } from "../../text/escape.ts";
import { HOSTILE_TEXTS } from "../support/hostile_text.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { commandLine, run } from "../support/program.ts";
import { type Random, random } from "../support/random.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";

const TEXT = HOSTILE_TEXTS.join(" ").toWellFormed();
/** The parts of the text as they are shown. A tab between them is shown as spaces. */
const SHOWN = TEXT.split("\t").map((part) => escapeText(part));

/** Asserts that no output can control a terminal. */
function assertHarmless(written: string): void {
  for (const line of written.split("\n")) assertEquals(escapeText(line), line);
}

Deno.test("chat tail shows output of a hostile server as visible escapes only", async () => {
  using server = await FakeServer.hostile(TEXT);
  const { stdout, stderr } = await run("tail", ["--server", server.address, "--count", "3"]);
  assertHarmless(stdout);
  assertHarmless(stderr);
  for (const part of SHOWN) assertStringIncludes(stdout, part);
});

Deno.test("chat tail --json escapes every string of a hostile server", async () => {
  using server = await FakeServer.hostile(TEXT);
  const { stdout } = await run("tail", ["--server", server.address, "--json", "--count", "3"]);
  assertHarmless(stdout);
  const notes = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(
    notes.map(({ room, name, to }) => [room, name, to]),
    notes.map(() => [TEXT, TEXT, TEXT]),
  );
  assertEquals(notes.length, 3);
});

Deno.test("chat send --json escapes the room name of a hostile server", async () => {
  using server = await FakeServer.hostile(TEXT);
  const { stdout } = await run("send", [
    "--server",
    server.address,
    "--name",
    "bob",
    "--json",
    "hi",
  ]);
  assertHarmless(stdout);
  assertEquals(JSON.parse(stdout), { seq: 4, room: TEXT });
});

for (const command of ["send", "join"] as const) {
  for (const message of ["refuse", "break"]) {
    Deno.test(`chat ${command} shows why a hostile server refuses "${message}"`, async () => {
      using server = await FakeServer.hostile(TEXT);
      const args = ["--server", server.address, "--name", "bob"];
      const { code, stdout, stderr } = await run(command, args, { stdin: message });
      assert(code > 0);
      assertHarmless(stdout);
      assertHarmless(stderr);
      assertStringIncludes(stderr, escapeText(TEXT));
    });
  }
}

const LONG = "x".repeat(1024 * 1024);
const member = { name: "ann", verified: false, sessions: 1 };
const news = { action: toWireAction("mute"), by: "ann", time: 1 };
/** Frames of events; each has a megabyte of text in one place, or a thousand events. */
const FLOODS: Record<string, ServerFrameInit> = {
  "names of people": { roster: { people: [{ ...member, name: LONG }] } },
  "reasons of leaves": { changes: [{ ...member, sessions: 0, reason: LONG }] },
  "former names": { changes: [{ ...member, joined: true, was: LONG }] },
  "names of authors": { notes: [{ seq: 1, name: LONG, message: "m" }] },
  "recipients": { notes: [{ seq: 1, name: "ann", message: "m", kind: 2, to: LONG }] },
  "reasons of mutes": { mutes: [{ ...news, reason: LONG }] },
  "mutes": { mutes: Array.from({ length: 1_000 }, () => news) },
};

for (const [what, frame] of Object.entries(FLOODS)) {
  Deno.test(`a chat that awaits an answer keeps a bounded number of ${what}`, async () => {
    using server = await FakeServer.answering(({ join, posts }) => {
      if (join) return welcome(join);
      const acks = posts.map(({ id }) => ({ id, seq: 1 }));
      return [...Array.from({ length: 30 }, () => frame), { acks }];
    });
    const left = new AbortController();
    const chat = await join({ name: "bob", address: server.address, signal: left.signal });
    await chat.say("hello");
    left.abort();
    const kept = await Array.fromAsync(chat.events());
    const { length } = JSON.stringify(kept);
    // 8 Mi characters and a frame, or 10,000 events, in JSON.
    assert(kept.length <= 10_001 && length < 10 * 1024 * 1024, `${kept.length}, ${length}`);
  });
}

/** A server frame with arbitrary values in any of its fields. */
function anyFrame({ below, bytes, next, pick }: Random): ServerFrameInit {
  const numbers = [0, 1, 2, 7, 99, 2 ** 31, 2 ** 32 - 1];
  const small = () => pick(numbers);
  const long = () => pick([...numbers, 2 ** 53, 2 ** 63, 2 ** 64 - 2 ** 11]);
  const word = () => pick(["", "bob", "ann", "lobby", TEXT, "x".repeat(5_000)]);
  const flag = () => next() < 0.5;
  const maybe = <T>(make: () => T): T | undefined => next() < 0.2 ? make() : undefined;
  const some = <T>(make: () => T): T[] => Array.from({ length: below(4) }, make);
  const person = () => ({ name: word(), verified: flag(), sessions: small() });
  const roster = () => ({ people: some(person) });
  const head = () => ({ history: word(), seq: long() });
  const topic = () => ({
    ...{ text: word(), by: word(), time: long(), locked: flag(), locked_by: word() },
  });
  const position = { seq: long(), time: long() };
  const frame = {
    welcome: maybe(() => ({
      ...{ room: word(), name: word(), max_note_bytes: small(), next: long() },
      ...{ identities: flag(), orders: flag(), head: maybe(head), roster: maybe(roster) },
      topic: maybe(topic),
    })),
    lost: maybe(long),
    notes: maybe(() =>
      some(() => ({
        ...{ name: word(), message: word(), kind: small(), to: word(), verified: flag() },
        ...position,
      }))
    ),
    acks: maybe(() => some(() => ({ id: word(), seq: long() }))),
    refusals: maybe(() =>
      some(() => ({ id: word(), code: small(), reason: word(), retry_ms: small() }))
    ),
    changes: maybe(() =>
      some(() => ({ ...person(), joined: flag(), reason: word(), was: word() }))
    ),
    roster: maybe(roster),
    rooms: maybe(() => ({
      rooms: some(() => ({ name: word(), members: small(), topic: word() })),
      more: small(),
    })),
    challenge: maybe(() => ({
      nonce: bytes(below(40)),
      server: bytes(below(40)),
      password: flag(),
    })),
    outcomes: maybe(() =>
      some(() => ({
        ...{ code: small(), words: word() },
        sanctions: some(() => ({
          ...{ action: small(), whom: word(), name: word(), by: word(), reason: word() },
          ...{ time: long(), until: long() },
        })),
      }))
    ),
    topic: maybe(topic),
    copy: maybe(() => ({ notes: long(), size: long(), piece: bytes(9) })),
  };
  return frame as ServerFrameInit; // Fields that its type requires may be missing too.
}

/** Reads a chat like the front ends, until it ends. */
async function readAll(chat: Chat): Promise<never> {
  const view = { time: "iso", style: PLAIN } as const;
  const transcript = new Transcript({ now: Date.now, header: (event) => renderHeader(event, 80) });
  for await (const event of chat.events()) {
    const { rows } = transcript.add([event]);
    for (const line of rows.flatMap((row) => renderRow(row, view))) assertHarmless(line);
    if (event.type === "notes") { for (const note of event.notes) noteJson(note, "lobby"); }
    if (event.type !== "connected") continue;
    const order = chat.order({ action: "list", name: "" });
    for (const asked of [chat.say("hi"), chat.rooms(), chat.setTopic("hi"), order]) {
      asked.catch((error) => assert(error instanceof ChatError, String(error)));
    }
  }
  throw new Error("the chat has ended without a word");
}

Deno.test("no server frame ends a chat but a goodbye", async () => {
  const goodbye = { code: STATUS.forbidden, reason: "enough" };
  const joined = new Set<string>();
  using server = await FakeServer.answering(({ join }) => {
    if (!join) return undefined;
    if (joined.has(join.room)) return { goodbye };
    joined.add(join.room);
    const numbers = random(Number(join.room));
    const frames = Array.from({ length: 9 }, () => anyFrame(numbers));
    return [...(numbers.next() < 0.8 ? [welcome(join)] : []), ...frames, { goodbye }];
  });
  const identity = await Identity.generate();
  const by = { address: server.address, name: "bob", identity, password: "secret" };
  await Promise.all(Array.from({ length: 300 }, async (_, seed) => {
    const joined = join({ ...by, room: `${seed + 1}`, timeoutMs: 60_000 });
    const error = await joined.then(readAll).catch((error) => error);
    assert(error instanceof ChatError, `seed ${seed + 1}: ${error.stack}`);
    assertMatch(error.message, /enough|Wrong password/);
  }));
});

Deno.test("a second welcome is a broken connection, even without its parts", async () => {
  const empty = { welcome: {} } as ServerFrameInit;
  for (
    const more of [empty, { ...empty, notes: [{ name: "a", message: "b" }] }, "the same"] as const
  ) {
    let joins = 0;
    using server = await FakeServer.answering(({ join }) => {
      if (!join) return undefined;
      const first = welcome(join);
      if (++joins > 1) return { goodbye: { code: STATUS.forbidden, reason: "enough" } };
      return [first, more === "the same" ? first : more];
    });
    await using bob = joinLibraryChat("bob", server.address);
    await assertRejects(() => bob.ended, ChatError, "enough");
    assertEquals(bob.reasons, ["it is not a chat server"]);
  }
});

/**
 * The sequences that the terminal front end itself sends: carriage return, weights and colors,
 * paste mode.
 */
const OWN = new RegExp(
  [
    String.raw`(?:\x1b\[\d+A)?\r\x1b\[K\x1b\[C\x1b\[J\r`,
    String.raw`\x1b\[(?:\?2004[hl]|(?:1|2|22|39|38;5;\d+)m)`,
    String.raw`\r+(?=\n)`,
  ].join("|"),
  "g",
);

const missing = !(await hasTmux());

Deno.test({
  name: `chat join is not affected by a hostile server${missing ? " (ignored: no tmux)" : ""}`,
  ignore: missing,
  async fn() {
    using server = await FakeServer.hostile(TEXT);
    const folder = await Deno.makeTempDir();
    try {
      const record = `${folder}/record`;
      const chat = quote([
        ...["env", `XDG_STATE_HOME=${folder}`],
        ...commandLine("join", ["--server", server.address, "--name", "bob", "--bell", "off"]),
      ]);
      const script = `read go; ${chat}; echo "exit $?"`;
      await using terminal = await Terminal.start(script, { columns: 200, rows: 60 });
      await terminal.record(record);
      await terminal.press("Enter");
      await terminal.waitFor(/ joined/);
      const steps: [typed: string, shown: RegExp][] = [
        ["/who", /\d here:/],
        ["/rooms", /: 1 here \(you are here\); topic: /],
        ["/topic", /^-- topic: /m],
        ["/bans", / under sanction 99\s+for\s+\d/],
        ["/kick ann", /^-- \/kick: /m],
        ["refuse", /not sent:/],
      ];
      for (const [typed, shown] of steps) {
        await terminal.type(typed);
        await terminal.press("Enter");
        await terminal.waitFor(shown);
      }
      await terminal.press("C-u");
      await terminal.type("break");
      await terminal.press("Enter");
      await terminal.waitFor(/connection lost/);
      await terminal.waitFor(/^exit 4$/m);
      const written = await terminal.recorded(record, /exit 4/);
      assertHarmless(written.replaceAll(OWN, ""));
      assertEquals(await terminal.rang(), false);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("lists of a server that sends far too much are cut", async () => {
  const name = (number: number) => `n${number}`;
  const many = Array.from({ length: 150_000 }, (_, number) => name(number));
  using server = await FakeServer.answering(({ join: joining, list_rooms, orders }) => {
    if (joining) {
      const first = welcome(joining);
      return { ...first, welcome: { ...first.welcome, orders: true } };
    }
    if (list_rooms) return { rooms: { rooms: many.map((name) => ({ name })), more: 7 } };
    return orders.map(() => ({ outcomes: [{ names: many.map((name) => ({ name })) }] }));
  });
  await using ann = joinLibraryChat("ann", server.address);
  const { rooms, more } = await ann.rooms();
  assertEquals([rooms.length, more], [1_000, 149_007]);
  const { names } = await ann.order({ action: "own", name: "" });
  assertEquals(names.length, 1_000);
});
