import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import {
  checkMessage,
  checkName,
  checkRecipient,
  displayName,
  type Draft,
  escapeName,
  foldName,
  isSameName,
  noteAudience,
  noteLine,
  parseGuestName,
  toNote,
} from "../../../room/note.ts";

Deno.test("checkName() accepts names of people", () => {
  for (const name of ["bob", "김민수", "Zoë O'Neil", "👩‍💻", "n".repeat(64), "💻".repeat(64)]) {
    checkName(name);
  }
});

Deno.test("checkName() refuses names that are empty, long or deceptive", () => {
  for (
    const name of [
      "",
      "  ",
      "a\nb",
      "a\u200bb",
      "\u202ebob",
      "n".repeat(65),
      "\u3164",
      "\ufe0fbob",
      "\u0301bob",
      "a \u034fbob",
      "ann\u2800",
    ]
  ) {
    assertEquals(assertThrows(() => checkName(name), ChatError).code, "invalid");
  }
});

const SHOWN: [name: string, shown: string][] = [
  ["Zoë", "Zoë"],
  ["👩‍💻 Zoë", "“👩‍💻 Zoë”"],
  ["ann, cy", "“ann, cy”"],
  ["n".repeat(64), "n".repeat(64)],
  ["n".repeat(65), `“${"n".repeat(64)}…”`],
  ["💻".repeat(64), `“${"💻".repeat(64)}”`],
  [`n${"💻".repeat(2 ** 20)}`, `“n${"💻".repeat(63)}…”`],
  ["\x1b".repeat(2 ** 20), `“${"\\x1b".repeat(64)}…”`],
];

Deno.test("escapeName() truncates long names, and quotes ambiguous ones", () => {
  for (const [name, shown] of SHOWN) assertEquals(escapeName(name), shown);
});

Deno.test("checkMessage() counts bytes, not characters", () => {
  checkMessage("é".repeat(5), 10);
  checkMessage("", 1);
  const error = assertThrows(() => checkMessage("é".repeat(5) + "x", 10), ChatError, "11 bytes");
  assertEquals(error.code, "too_large");
});

Deno.test("checkRecipient() requires a recipient for private notes only", () => {
  checkRecipient("whisper", "bob");
  checkRecipient("whisper", `~${"n".repeat(64)}`); // The mark is not a part of the name.
  checkRecipient("said");
  checkRecipient("action", "");
  for (const to of ["", undefined, " ", "a\x1b", "n".repeat(65)]) {
    const error = assertThrows(() => checkRecipient("whisper", to), ChatError, "Recipient");
    assertEquals(error.code, "invalid");
  }
  for (const kind of ["said", "action"] as const) {
    const error = assertThrows(() => checkRecipient(kind, "bob"), ChatError, "Only a private note");
    assertEquals(error.code, "invalid");
  }
});

Deno.test("foldName() is idempotent", () => {
  assertEquals(foldName("GROẞ"), "gross");
  for (let code = 0; code <= 0x10ffff; code++) {
    const folded = foldName(`a${String.fromCodePoint(code)}`);
    assertEquals(foldName(folded), folded);
  }
});

Deno.test("noteLine() is one line", () => {
  const note = { name: "bob", message: "a\nb\x1b[1m" };
  assertEquals(noteLine({ ...note, kind: "said" }), "[~bob] a\\nb\\x1b[1m");
  assertEquals(noteLine({ ...note, kind: "action" }), "* ~bob a\\nb\\x1b[1m");
  assertEquals(noteLine({ name: "bob", message: "a", kind: "said", verified: true }), "[bob] a");
  assertEquals(noteLine({ name: "a, b", message: "c", kind: "action" }), "* ~“a, b” c");
  assertEquals(noteLine({ name: "a waves", message: "c", kind: "action" }), "* ~“a waves” c");
  assertEquals(noteLine({ name: "a b", message: "c", kind: "said" }), "[~a b] c");
});

Deno.test("isSameName() ignores case, and an unknown name is no name", () => {
  const others = ["ann", "ANN", "Ｃy", "anne", undefined];
  assertEquals(others.map((other) => isSameName("Ann", other)), [true, true, false, false, false]);
});

Deno.test("parseGuestName() parses a name after the mark, which alone is none", () => {
  assertEquals(["~ann", "~", "ann"].map(parseGuestName), ["ann", undefined, undefined]);
});

Deno.test("displayName() marks only people who are known to have no key", () => {
  const shown = [true, false].map((verified) => displayName({ name: "ann", verified }));
  assertEquals([displayName({ name: "ann" }), ...shown], ["ann", "ann", "~ann"]);
});

Deno.test("toNote() keeps who may see a private note, and nothing more of others", () => {
  const draft: Draft = { id: "1", name: "ann", message: "x", kind: "said" };
  const said = { seq: 7, time: 9, name: "ann", message: "x", kind: "said" } as const;
  const between = { to: "bob", author: "guest 1", reader: "SHA256:bob" };
  const secret = toNote({ ...draft, kind: "whisper", ...between }, 7, 9);
  assertEquals(Object.entries(toNote(draft, 7, 9)), Object.entries(said));
  assertEquals(secret, { ...said, kind: "whisper", ...between });
  assertEquals([...noteAudience(secret)!].sort(), ["SHA256:bob", "guest 1"]);
  assertEquals(noteAudience(said), undefined);
  const key = toNote({ ...draft, verified: true, author: "SHA256:ann" }, 7, 9);
  assertEquals(key, { ...said, verified: true, author: "SHA256:ann" });
});
