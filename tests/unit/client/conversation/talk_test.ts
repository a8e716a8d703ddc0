import { assertEquals, assertThrows } from "@std/assert";
import { Correspondence } from "../../../../client/conversation/correspondence.ts";
import { LastPrivateNote } from "../../../../client/conversation/last_private_note.ts";
import {
  IgnoredPeople,
  type IgnoredStore,
  MAX_IGNORED,
} from "../../../../client/conversation/ignored_people.ts";
import { MAX_MISSED, Missed } from "../../../../client/conversation/missed.ts";
import type { Transcript } from "../../../../client/conversation/transcript.ts";
import type { ChatEvent } from "../../../../client/chat.ts";
import type { IgnoredChange } from "../../../../client/ignored_change.ts";
import { PLAIN_VIEW } from "../../../../client/render/render.ts";
import { renderRow } from "../../../../client/render/row.ts";
import { ChatError } from "../../../../room/errors.ts";
import type { Person } from "../../../../room/person.ts";
import { people } from "../../../support/people.ts";
import {
  connected,
  joined,
  left,
  lines,
  lost,
  note,
  notes,
  renamed,
  transcript,
} from "./chat_events.ts";

const GUEST: Person = { name: "eve", verified: false, sessions: 1 };
const HERE = connected(0, { members: [...people(["ann", "bob", "cy"]), GUEST] });

/** A private note to bob. */
function whisper(seq: number, name: string, verified = true): ChatEvent {
  return notes(note(seq, { name, verified, kind: "whisper", to: "bob" }));
}

/** Bob's private conversations, with the room that they depend on. */
function talk(events: readonly ChatEvent[] = [HERE]) {
  const shown: (string | undefined)[] = [];
  const { lobby, last, reply } = openRooms("lobby");
  const room = lobby!.transcript;
  const correspondence: Correspondence = new Correspondence(
    () => shown.push(correspondence.queried),
    () => room,
  );
  room.add(events);
  return {
    ...{ correspondence, room, shown, last, display: lobby! },
    reply: (text = "hi") => reply(lobby!, text)?.replace(/ in lobby$/, ""),
  };
}

/** An open room of bob's. */
interface TestRoom {
  readonly room: string;
  readonly transcript: Transcript;
  /** The line begun there. */
  text: string;
}

/** Rooms that bob has open, by name, and what `/reply` does in each. */
function openRooms(...names: readonly string[]) {
  const rooms = new Set<TestRoom>();
  const last = new LastPrivateNote<TestRoom>({ rooms: () => [...rooms], typed: (r) => r.text });
  const open = (name: string): TestRoom => {
    const room: TestRoom = {
      ...{ room: name, text: "" },
      transcript: transcript({ onPrivate: (heard) => last.hear(heard, room) }),
    };
    rooms.add(room);
    return room;
  };
  /** Returns the recipient of a reply and their room, or the reason why there is none. */
  const reply = (from: TestRoom, text = "hi") =>
    answer(() => {
      const { to, room } = last.answer(text, from);
      return `${to} in ${room.room}`;
    });
  const [lobby, dev] = names.map(open);
  return { lobby, dev, last, open, close: (room: TestRoom) => rooms.delete(room), reply };
}

function answer(run: () => string | undefined): string | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ChatError) return `error: ${error.message}`;
    throw error;
  }
}

const UNSURE = "error: ~eve has left, or may be somebody else by now: " +
  "/msg ~eve TEXT writes to whoever has the name now";

Deno.test("a reply goes to the author of the last private note to the person", () => {
  const { room, reply } = talk();
  assertEquals(reply(), "error: Nobody has written to you privately");
  room.add([whisper(1, "ann"), notes(note(2, { name: "cy" }))]);
  assertEquals(reply(), "ann");
  room.add([whisper(3, "eve", false)]);
  assertEquals(reply(), "~eve");
  room.add([notes(note(4, { name: "bob", kind: "whisper", to: "cy" }))]);
  assertEquals(reply(), "~eve");
});

Deno.test("a reply follows a person to a new name, and the owner of a name out of the room", () => {
  const { room, reply } = talk();
  room.add([whisper(1, "ann"), left("ann")]);
  assertEquals(reply(), "ann");
  room.add([joined("ann"), whisper(2, "ann"), renamed("ann", "annie"), joined("ann")]);
  assertEquals(reply(), "annie");
  const from = { ...GUEST, was: "eve", name: "eva", type: "renamed" } as const;
  room.add([whisper(3, "eve", false), from, { type: "joined", ...GUEST }]);
  assertEquals(reply(), "~eva");
});

Deno.test("a reply never goes to another person without a key", () => {
  for (
    const change of [
      [{ type: "left", reason: "left", ...GUEST }, { type: "joined", ...GUEST }],
      [{ type: "left", reason: "left", ...GUEST }],
      [{ type: "members", members: HERE.members }],
      [lost("gone"), HERE],
    ] satisfies ChatEvent[][]
  ) {
    const { room, reply } = talk();
    room.add([whisper(1, "eve", false), ...change]);
    assertEquals(reply(), UNSURE);
  }
  // A note from before we came: another person may have had the name then.
  const { reply } = talk([{ ...HERE, head: { history: "h1", seq: 5 } }, whisper(5, "eve", false)]);
  assertEquals(reply(), UNSURE);
});

Deno.test("a reply to an owner of a name never goes to somebody without a key", () => {
  const { room, reply } = talk();
  const guest = { ...GUEST, name: "ann" };
  room.add([whisper(1, "ann"), left("ann"), { type: "joined", ...guest }]);
  assertEquals(reply(), "error: ~ann has no key, and so is not the ann you mean");
});

Deno.test("a reply being typed does not go to a person who writes meanwhile", () => {
  const { room, display, reply } = talk();
  room.add([whisper(1, "ann")]);
  display.text = "/r my secr";
  room.add([whisper(2, "ann"), whisper(3, "cy")]);
  const refusal = "error: cy wrote while you were answering ann: Enter answers cy, " +
    "/msg ann the other";
  assertEquals([reply("my secret"), reply("my secret")], [refusal, "cy"]);
  display.text = "/reply  ";
  room.add([whisper(4, "ann")]);
  display.text = "/reply  x";
  room.add([whisper(5, "eve", false)]);
  assertEquals(
    reply(" x"),
    "error: ~eve wrote while you were answering cy: Enter answers ~eve, /msg cy the other",
  );
  display.text = "something else";
  room.add([whisper(6, "ann")]);
  assertEquals(reply("x"), "ann");
});

/** Bob's rooms lobby and dev, in both of which the same names are. */
function twoRooms() {
  const { lobby, dev, ...rest } = openRooms("lobby", "dev");
  for (const room of [lobby!, dev!]) room.transcript.add([HERE]);
  return { lobby: lobby!, dev: dev!, ...rest };
}

Deno.test("a reply answers the last private note of all rooms, in the room where it came", () => {
  const { lobby, dev, reply } = twoRooms();
  dev.transcript.add([whisper(1, "ann")]);
  assertEquals([reply(lobby), reply(dev)], ["ann in dev", "ann in dev"]);
  lobby.transcript.add([whisper(1, "eve", false)]);
  assertEquals([reply(lobby), reply(dev)], ["~eve in lobby", "~eve in lobby"]);
  // The eve of the other room is another one.
  dev.transcript.add([{ type: "left", reason: "left", ...GUEST }]);
  assertEquals(reply(dev), "~eve in lobby");
});

Deno.test("a reply goes to nobody after the room of the note was left", () => {
  const { lobby, dev, open, close, reply } = twoRooms();
  const at = (seq: number, name: string, time: number) =>
    notes(note(seq, { name, verified: true, kind: "whisper", to: "bob", time }));
  lobby.transcript.add([at(1, "cy", 1000)]);
  dev.transcript.add([at(1, "ann", 2000)]);
  close(dev);
  assertEquals(
    reply(lobby),
    "error: ann wrote to you in dev, which is not open any more: /join dev opens it",
  );
  // Its history has the note.
  open("dev").transcript.add([
    { ...HERE, head: { history: "h1", seq: 1 } },
    at(1, "ann", 2000),
  ]);
  assertEquals(reply(lobby), "ann in dev");
});

Deno.test("the history of a room never replaces a later private note", () => {
  const { lobby, open, reply } = twoRooms();
  const at = (seq: number, name: string, time: number) =>
    notes(note(seq, { name, verified: false, kind: "whisper", to: "bob", time }));
  lobby.transcript.add([at(1, "eve", 2000)]);
  open("old").transcript.add([
    { ...HERE, head: { history: "h1", seq: 1 } },
    at(1, "cy", 1000),
  ]);
  assertEquals(reply(lobby), "~eve in lobby");
});

Deno.test("a reply being typed in any room does not go to a person who writes meanwhile", () => {
  const { lobby, dev, reply } = twoRooms();
  lobby.transcript.add([whisper(1, "ann")]);
  lobby.text = "/r my secr";
  dev.transcript.add([whisper(1, "cy")]);
  const refusal = "error: cy wrote while you were answering ann: Enter answers cy, " +
    "/msg ann the other";
  assertEquals(reply(dev, "something else"), "cy in dev");
  assertEquals([reply(lobby, "my secret"), reply(lobby, "my secret")], [refusal, "cy in dev"]);
  // Without a key, one name in two rooms may be two people.
  lobby.text = "";
  lobby.transcript.add([whisper(2, "eve", false)]);
  lobby.text = "/r x";
  dev.transcript.add([whisper(2, "eve", false)]);
  assertEquals(reply(lobby, "x")?.startsWith("error: ~eve wrote while"), true);
});

Deno.test("a query sends lines to one person, under their present name", () => {
  const { correspondence, room, shown } = talk();
  const recipient = () => answer(() => correspondence.queryRecipient());
  assertEquals(recipient(), undefined);
  correspondence.query("ann");
  room.add([renamed("ann", "annie")]);
  correspondence.update();
  assertEquals([recipient(), shown], ["annie", ["ann", "annie"]]);
  correspondence.query("~eve");
  assertEquals([recipient(), shown.at(-1)], ["~eve", "~eve"]);
  room.add([{ type: "left", reason: "left", ...GUEST }, { type: "joined", ...GUEST }]);
  correspondence.update();
  // It does not end by itself: private text would go to everybody.
  assertEquals([recipient(), correspondence.queried], [UNSURE, "~eve"]);
  correspondence.query("eve"); // Who has the name now.
  assertEquals([recipient(), shown.at(-1)], ["~eve", "~eve"]);
  correspondence.query(undefined);
  assertEquals([recipient(), shown.at(-1)], [undefined, undefined]);
  assertThrows(() => correspondence.query("~ann"), ChatError, "Nobody here is named ~ann");
  assertEquals(recipient(), undefined);
});

Deno.test("a query begins with the owner of a name who has left", () => {
  const { correspondence, room } = talk();
  room.add([notes(note(1, { verified: true })), left("ann")]);
  correspondence.query("ann");
  assertEquals(answer(() => correspondence.queryRecipient()), "ann");
});

/** A store in memory. */
class MemoryStore implements IgnoredStore {
  names: string[];

  constructor(...names: string[]) {
    this.names = names;
  }

  read(): Promise<readonly string[]> {
    return Promise.resolve(this.names);
  }

  change(_: readonly string[], { add = [], remove = [] }: IgnoredChange): Promise<void> {
    this.names = [...this.names.filter((name) => !remove.includes(name)), ...add];
    return Promise.resolve();
  }
}

/** People whom bob ignores, as a store has them. */
async function ignoring(...names: string[]) {
  const store = new MemoryStore(...names);
  const failures: string[] = [];
  const onFailure = (what: string) => void failures.push(what);
  const ignored = new IgnoredPeople({ addresses: ["h:1"], store, onFailure });
  await ignored.load();
  return { store, ignored, failures };
}

Deno.test("Transcript hides what ignored people do, and rings for none of it", async () => {
  const { ignored } = await ignoring("ANN", "~eve");
  const room = transcript({ ignored, settings: { bell: "all", quiet: false } });
  assertEquals(lines(room, [HERE]).length, 1);
  const { rows, bell } = room.add([
    notes(note(1, { message: "bob!" }), note(2, { kind: "action" })),
    whisper(3, "ann"),
    whisper(4, "eve", false),
    left("ann"),
    joined("ann"),
    { type: "left", reason: "left", ...GUEST },
  ]);
  assertEquals([rows, bell, room.last?.seq], [[], false, 4]);
  assertEquals(room.add([notes(note(5, { name: "cy" }))]).bell, true);
  await ignored.remove("ann");
  assertEquals(lines(room, [notes(note(6))]), ["[ann] note 6"]);
});

Deno.test("Transcript marks new notes and lost ones around hidden ones", async () => {
  const { ignored } = await ignoring("ann");
  const seen = { history: "h1", seq: 1, time: Date.UTC(2026, 10, 22, 11, 0) };
  const room = transcript({ ignored, seen });
  const come = connected(7, { pending: { from: 1, count: 7 } });
  const said = [1, 2, 3, 4].map((seq) => note(seq));
  const more = [note(5, { name: "cy" }), note(6), note(7, { name: "cy" })];
  assertEquals(lines(room, [come, notes(...said, ...more)]).slice(1), [
    "── 2 new since 11:00 ──",
    "[cy] note 5",
    "[cy] note 7",
  ]);
  assertEquals(lines(room, [{ type: "lost", count: 2 }, notes(note(10))]), [
    "-- 2 notes were removed before you could read them --",
  ]);
  const again = [connected(13, { pending: { from: 11, count: 3 } }), notes(note(11), note(12))];
  room.add([lost("gone")]);
  assertEquals(lines(room, [...again, notes(note(13, { name: "cy" }))]), [
    "-- back, 1 note missed --",
    "[cy] note 13",
  ]);
});

Deno.test("Missed counts no notes of ignored people, but /history does", async () => {
  const { ignored } = await ignoring("ann");
  const room = transcript({ ignored });
  const missed = new Missed();
  missed.add(room.add([connected(0)]));
  const count = MAX_MISSED.rows + 1;
  for (let seq = 1; seq <= count; seq++) missed.add(room.add([notes(note(seq, { name: "cy" }))]));
  missed.add(room.add([notes(note(count + 1, { message: "bob?" }), note(count + 2))]));
  assertEquals([missed.notes, missed.mentions], [count, 0]);
  const [first] = missed.take(room, false).flatMap((row) => renderRow(row, PLAIN_VIEW));
  assertEquals(first, `-- 1 earlier note not shown; /history ${count + 2} shows them --`);
});

Deno.test("IgnoredPeople tells people apart by name and key", async () => {
  const { ignored } = await ignoring("Ann", "~Eve");
  const has = (name: string, verified?: boolean) =>
    ignored.has(verified === undefined ? { name } : { name, verified });
  assertEquals([has("ann", true), has("ANN"), has("ann", false), has("anne", true)], [
    ...[true, true, false, false],
  ]);
  assertEquals([has("eve", true), has("eve"), has("eve", false)], [false, true, true]);
  assertEquals(await ignored.remove("~ann"), []);
  assertEquals(await ignored.remove("eve"), ["~Eve"]);
  await ignored.add("~ann");
  assertEquals(await ignored.remove("ANN"), ["Ann", "~ann"]);
  assertEquals(ignored.names, []);
});

Deno.test("IgnoredPeople follows people to new names", async () => {
  const { ignored, store } = await ignoring("ann", "~eve");
  const room = transcript({ ignored });
  const eva = { ...GUEST, name: "eva" };
  const shown = lines(room, [HERE], [
    renamed("ann", "annie"),
    { type: "renamed", was: "eve", ...eva },
    notes(note(1, { name: "annie", verified: true })),
    notes(note(2, { name: "eva", verified: false })),
    { type: "left", reason: "left", ...eva },
    { type: "joined", ...eva },
    notes(note(3, { name: "eva", verified: false })),
  ]);
  // The new name of a person without a key is free once they have left.
  assertEquals(shown.slice(1), ["-- ~eva joined --", "[~eva] note 3"]);
  assertEquals(ignored.names, ["ann", "~eve", "annie"]);
  await ignored.add("cy"); // Stored after the name before.
  assertEquals(store.names, ["ann", "~eve", "annie", "cy"]);
});

Deno.test("IgnoredPeople ignores people even if that cannot be stored, and not too many", async () => {
  const { ignored, store, failures } = await ignoring();
  store.change = () => Promise.reject(new Error("the disk is full"));
  await ignored.add("ann");
  assertEquals([ignored.names, failures], [["ann"], ["keep the people that you ignore"]]);
  for (let i = 1; i < MAX_IGNORED; i++) await ignored.add(`x${i}`);
  await ignored.add("ANN");
  const error = await ignored.add("cy").catch((error) => error);
  assertEquals(error.message, "You ignore 1,000 people already, which is the most");
});

Deno.test("IgnoredPeople keeps people who were ignored by name, and follows nobody else", async () => {
  const { ignored, store } = await ignoring("~eve");
  ignored.leave({ name: "eve", verified: false });
  ignored.rename({ name: "cy", verified: true }, "cyrus");
  assertEquals(ignored.names, ["~eve"]);
  await ignored.add("ann");
  await ignored.remove("ANN");
  assertEquals([ignored.names, store.names], [["~eve"], ["~eve"]]);
});

Deno.test("Transcript shows one's own notes, whoever is ignored", async () => {
  const { ignored } = await ignoring("bob");
  const room = transcript({ ignored });
  assertEquals(lines(room, [HERE], [notes(note(1, { name: "bob" }))]).slice(1), ["[bob] note 1"]);
});

Deno.test("a reply asks about another author only if it goes on with what was typed then", () => {
  const { room, reply, display } = talk();
  room.add([whisper(1, "ann")]);
  display.text = "/reply see you";
  room.add([whisper(2, "cy")]);
  display.text = "";
  assertEquals(reply("thanks"), "cy");
});

Deno.test("a reply says so if the owner of a name has not been heard of for long", () => {
  const { room, reply } = talk();
  const others = Array.from({ length: 200 }, (_, i) => note(2 + i, { name: `n${i}` }));
  room.add([whisper(1, "ann"), left("ann"), notes(...others)]);
  assertEquals(reply(), 'error: "ann" is not here and has not spoken lately');
});
