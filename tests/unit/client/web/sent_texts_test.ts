import { assertEquals } from "@std/assert";
import { SentTexts } from "../../../../client/web/storage/sent_texts.ts";
import { MemoryStorage } from "./memory_storage.ts";

Deno.test("SentTexts keeps the texts of each room, in any spelling, for other pages too", () => {
  const storage = new MemoryStorage();
  const [one, other] = [new SentTexts(storage), new SentTexts(storage)];
  assertEquals(one.of("lobby"), []);
  one.add("Lobby", "a");
  other.add("dev", "b");
  one.add("LOBBY", "c\nd");
  one.add("lobby", "c\nd");
  one.add("lobby", "a");
  assertEquals([other.of("lobby"), one.of("DEV")], [["a", "c\nd", "a"], ["b"]]);
});

Deno.test("SentTexts is bounded by its texts and their characters, the newest of which it keeps", () => {
  const texts = new SentTexts(new MemoryStorage());
  for (let i = 0; i < 1_001; i++) texts.add("lobby", `${i}`);
  assertEquals([texts.of("lobby").length, texts.of("lobby")[0]], [1_000, "1"]);
  texts.add("lobby", "x".repeat(10_001));
  assertEquals(texts.of("lobby").at(-1), "1000");
  for (let i = 0; i < 21; i++) texts.add("dev", `${i % 10}`.repeat(10_000));
  assertEquals([texts.of("lobby"), texts.of("dev").length], [[], 19]);
});

Deno.test("SentTexts makes a history that keeps what it may, as far as the storage has room", () => {
  const storage = new MemoryStorage();
  const failures: unknown[] = [];
  const options = {
    isKept: (text: string) => text !== "secret",
    onFailure: (error: unknown) => void failures.push(error),
  };
  const history = new SentTexts(storage).historyOf("lobby", options);
  for (const text of ["a", "secret", " b", "c"]) history.add(text, text);
  assertEquals(history.textAt(history.end - 2), "secret"); // Until the page is closed.
  assertEquals(new SentTexts(storage).of("lobby"), ["a", "c"]);
  const full = new Error("full");
  storage.setItem = () => {
    throw full;
  };
  history.add("d", "d");
  assertEquals([history.textAt(history.end - 1), failures], ["d", [full]]);
});

Deno.test("SentTexts takes what it has not written for nothing", () => {
  const cases: [string, string[]][] = [
    ["{", []],
    ["null", []],
    ["{}", []],
    ['[["lobby","a"],["lobby"],["lobby",1],7,"lobby",["lobby","b"]]', ["a", "b"]],
  ];
  for (const [text, sent] of cases) {
    const texts = new SentTexts(new MemoryStorage({ sent: text }));
    assertEquals(texts.of("lobby"), sent, text);
  }
});
