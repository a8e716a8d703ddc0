import { assertEquals } from "@std/assert";
import { Replay } from "../../../../client/session/replay.ts";

const note = (message: string) => ({ name: "ann", message });

/** Feeds a stream to `replay` and returns the new notes. */
function news(replay: Replay, ...messages: string[]): string {
  replay.restart();
  return messages.filter((message) => !replay.repeats(note(message))).join("");
}

Deno.test("Replay passes on each note once over any number of streams", () => {
  const replay = new Replay();
  assertEquals(news(replay, "a", "b", "b"), "abb");
  assertEquals(news(replay, "a", "b", "b", "c"), "c");
  assertEquals(news(replay, "a"), "");
  assertEquals(news(replay, "a", "b", "b", "c", "c"), "c");
});

Deno.test("Replay passes on all of a transcript that starts over", () => {
  const replay = new Replay();
  assertEquals(news(replay, "a", "b", "c"), "abc");
  assertEquals(news(replay, "x", "b", "c"), "xbc");
  assertEquals(news(replay, "x", "b", "c", "d"), "d");
});

Deno.test("Replay knows the author of each note", () => {
  const replay = new Replay();
  assertEquals(replay.repeats({ name: "ab", message: "c" }), false);
  replay.restart();
  assertEquals(replay.repeats({ name: "a", message: "bc" }), false);
});

Deno.test("Replay passes on again what it has forgotten, because nobody has seen it", () => {
  const replay = new Replay();
  assertEquals(news(replay, "a", "b", "c"), "abc");
  replay.forget(2);
  assertEquals(news(replay, "a", "b", "c"), "bc");
  replay.forget(5);
  assertEquals(news(replay, "a", "b", "c"), "abc");
});
