import { assertEquals } from "@std/assert";
import { sanctionLines } from "../../../client/render/sanctions.ts";
import { fromWireAction, fromWireKind, toWireAction, toWireKind } from "../../../proto/enums.ts";
import { fromWireSanction, toWireSanction } from "../../../proto/sanction.ts";
import { NOTE_KINDS } from "../../../room/note.ts";

Deno.test("kinds of notes keep their numbers, and come back from them", () => {
  assertEquals(NOTE_KINDS.map(toWireKind), [0, 1, 2]);
  assertEquals(NOTE_KINDS.map(toWireKind).map(fromWireKind), [...NOTE_KINDS]);
});

Deno.test("fromWireKind() reads a number of a newer peer as said", () => {
  assertEquals([3, 99, -1].map(fromWireKind), ["said", "said", "said"]);
});

Deno.test("actions keep their numbers, and come back from them", () => {
  const actions = Array.from({ length: 12 }, (_, number) => fromWireAction(number)!);
  assertEquals(actions, [
    ...["list", "kick", "mute", "unmute", "ban", "unban"],
    ...["release", "stats", "names", "remove", "own", "drop"],
  ]);
  assertEquals(actions.map(toWireAction), [...actions.keys()]);
});

Deno.test("fromWireAction() knows no action of a newer peer", () => {
  assertEquals([98, 99, -1].map(fromWireAction), [undefined, undefined, undefined]);
});

Deno.test("sanctions come back from the wire as they were, with an end or without", () => {
  const ban = {
    kind: "ban",
    principal: "10.0.0.0/24",
    name: "ann",
    by: "op",
    reason: "",
    time: 1,
  } as const;
  const mute = { ...ban, kind: "mute", until: 2 } as const;
  const sent = [ban, mute].map(toWireSanction);
  assertEquals(sent.map(({ action, until }) => [action, until]), [[4, 0], [2, 2]]);
  assertEquals(
    sent.map((each) => fromWireSanction(each as Parameters<typeof fromWireSanction>[0])),
    [ban, mute],
  );
});

Deno.test("a sanction of a newer server keeps the number of its kind", () => {
  const sent = { action: 10, whom: "w", name: "ann", by: "op", reason: "", time: 1, until: 0 };
  const received = fromWireSanction(sent as Parameters<typeof fromWireSanction>[0]);
  assertEquals(received.kind, 10);
  assertEquals(sanctionLines([received], 61_001), [
    "── 0 bans, 0 mutes, 1 other ──",
    "  ann (w) under sanction 10 forever, 61 s ago by op",
  ]);
});
