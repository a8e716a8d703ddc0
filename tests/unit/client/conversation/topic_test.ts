import { assert, assertEquals } from "@std/assert";
import type { TopicEvent } from "../../../../client/chat.ts";
import { topicChanges, topicLine } from "../../../../client/render/topic.ts";
import { wrapWithIndent } from "../../../../client/render/wrap.ts";
import { NO_TOPIC, type Topic } from "../../../../room/topic.ts";
import { CONTROL, HOSTILE_TEXTS } from "../../../support/hostile_text.ts";
import { connected, joined, lines, lost, NOON, note, notes, transcript } from "./chat_events.ts";

const SET: Topic = { ...NO_TOPIC, text: "Release on Friday", by: "ann", time: NOON };

const changed = (topic: Topic): TopicEvent => ({ type: "topic", topic });

Deno.test("Transcript shows the topic below the line about the room, and each change as a line", () => {
  const room = transcript();
  const removed = { ...SET, text: "", by: "Kim Min", time: NOON + 1 };
  assertEquals(
    lines(
      room,
      [connected(1, { topic: SET }), notes(note(1))],
      [changed({ ...SET, text: "Now", by: "bob" })],
      [changed({ ...SET, text: "Now", by: "bob" })],
      [changed({ ...SET, text: "Now", by: "bob", time: NOON + 1 })],
      [changed({ ...removed, locked: true, lockedBy: "op" })],
      [changed({ ...removed, locked: false, lockedBy: "" })],
    ),
    [
      "── lobby: ann, bob ──",
      "-- topic: Release on Friday --",
      "[ann] note 1",
      "-- bob set the topic: Now --",
      "-- bob set the topic: Now --",
      "-- “Kim Min” removed the topic --",
      "-- op locked the topic: only operators may set it --",
      "-- an operator unlocked the topic --",
    ],
  );
  assertEquals(room.topic, { ...removed, locked: false, lockedBy: "" });
});

Deno.test("Transcript shows no line about a room without a topic, or a server without topics", () => {
  const room = ["── lobby: ann, bob ──"];
  assertEquals(lines(transcript(), [connected(1, { topic: NO_TOPIC })]), room);
  const older = transcript();
  assertEquals(lines(older, [connected(1)]), room);
  assertEquals(older.topic, undefined);
});

Deno.test("Transcript shows after an outage how the topic has changed meanwhile", () => {
  const later = { ...SET, text: "Later", time: NOON + 1 };
  assertEquals(
    lines(
      transcript(),
      [connected(1, { topic: SET }), notes(note(1))],
      [lost("gone")],
      [connected(1, { topic: SET })],
      [lost("gone")],
      [connected(1, { topic: later })],
      [connected(1, { topic: later, name: "bobby" })], // As after /nick.
    ),
    [
      ...["── lobby: ann, bob ──", "-- topic: Release on Friday --", "[ann] note 1"],
      ...["-- connection lost (gone), retrying --", "-- back --"],
      ...["-- connection lost (gone), retrying --", "-- back --", "-- ann set the topic: Later --"],
      "-- you are now bobby --",
    ],
  );
});

Deno.test("Transcript shows changes of the topic in their place, even if it hides joins", () => {
  assertEquals(
    lines(transcript({ settings: { quiet: true, bell: "off" } }), [
      connected(0, { topic: NO_TOPIC }),
      joined("cat"),
      changed(SET),
      notes(note(1)),
    ]),
    ["── lobby: ann, bob ──", "-- ann set the topic: Release on Friday --", "[ann] note 1"],
  );
});

Deno.test("topicLine() says who has set the topic and when, and whether it is locked", () => {
  const utc = () => 0;
  const locked = { locked: true, lockedBy: "op" };
  const cases: [topic: Topic | undefined, line: string][] = [
    [undefined, "this server keeps no topics"],
    [NO_TOPIC, "there is no topic"],
    [{ ...NO_TOPIC, ...locked }, "there is no topic; locked: only operators may set it"],
    [SET, "topic: Release on Friday (set by ann 2026-11-22 12:00)"],
    [{ ...SET, text: "" }, "there is no topic; removed by ann 2026-11-22 12:00"],
    [
      { ...SET, ...locked, time: 2 ** 60 },
      "topic: Release on Friday (set by ann); locked: only operators may set it",
    ],
  ];
  for (const [topic, line] of cases) assertEquals(topicLine(topic, utc), `-- ${line} --`);
});

Deno.test("no topic drives a terminal, or passes for another line where it wraps", () => {
  const texts = [
    ...HOSTILE_TEXTS,
    "x ".repeat(100) + "17:02 [ann] I never said this",
    `${"x".repeat(70)}                  17:02 [ann] I never said this`,
    "y".repeat(5_000_000), // Of a hostile server.
  ];
  for (const text of texts) {
    const topic = { ...NO_TOPIC, text, by: text, lockedBy: text, locked: true, time: 2 ** 60 };
    const room = transcript();
    const shown = [
      ...lines(room, [connected(1, { topic })], [changed({ ...topic, time: 1, locked: false })]),
      ...topicChanges(NO_TOPIC, topic),
      topicLine(topic),
    ];
    for (const line of shown) {
      assert(!CONTROL.test(line), JSON.stringify(line));
      assert(line.length < 50_000, `${line.length}`);
      for (const columns of [20, 80]) {
        const [first = "", ...more] = wrapWithIndent(line, { columns, timed: true });
        assert(/^(?:──|--) /.test(first), first);
        for (const row of more) {
          assert(row.startsWith(" "), row);
          assert(row.indexOf("17:02 [ann]") < 20, row);
        }
      }
    }
  }
});
