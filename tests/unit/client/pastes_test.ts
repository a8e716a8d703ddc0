import { assert, assertEquals } from "@std/assert";
import { hasPasteToken, MAX_PASTES, Pastes, tokenAround } from "../../../client/editor/pastes.ts";

Deno.test("Pastes.expand() returns the text of each add() for its token", () => {
  const pastes = new Pastes();
  const texts = ["one\ntwo", "three\nfour", "$&\n$1\n\x1b"];
  const tokens = texts.map((text) => pastes.add(text));
  assertEquals(tokens, ["⟦2 lines⟧", "⟦2 lines #2⟧", "⟦3 lines #3⟧"]);
  assertEquals(pastes.expand(`a ${tokens.join(" b ")}`), `a ${texts.join(" b ")}`);
  assertEquals(pastes.expand("⟦2 lines⟧⟦2 lines⟧"), "one\ntwoone\ntwo");
});

Deno.test("Pastes.expand() leaves unknown tokens unchanged", () => {
  const pastes = new Pastes();
  for (const line of ["", "⟦2 lines⟧", "⟦a⟧"]) assertEquals(pastes.expand(line), line);
});

Deno.test("Pastes.collapse() undoes expand()", () => {
  const pastes = new Pastes();
  const tokens = ["a\nb", "x\na\nb\ny", "$&\n"].map((text) => pastes.add(text));
  const line = `see ${tokens.join(" and ")} and ${tokens.join("")}!`;
  assertEquals(pastes.collapse(pastes.expand(line)), line);
  assertEquals(pastes.collapse("none\nof them"), "none\nof them");
});

Deno.test("Pastes drops the oldest paste for the newest", () => {
  const pastes = new Pastes();
  const tokens = Array.from({ length: MAX_PASTES.count + 1 }, (_, i) => pastes.add(`${i}\n`)!);
  assertEquals(pastes.expand(tokens[0]!), tokens[0]);
  for (const [i, token] of tokens.slice(1).entries()) {
    assertEquals(pastes.expand(token), `${i + 1}\n`);
  }
  const largest = "\n".repeat(MAX_PASTES.chars);
  const token = pastes.add(largest);
  assertEquals(pastes.expand(token!), largest);
  for (const token of tokens) assertEquals(pastes.expand(token), token);
});

Deno.test("Pastes refuses a paste that does not fit beside the pastes of the line", () => {
  const pastes = new Pastes();
  assertEquals(pastes.add("\n".repeat(MAX_PASTES.chars + 1)), undefined);
  let line = "";
  for (let i = 0; i < MAX_PASTES.count; i++) line += pastes.add(`${i}\n`, line);
  assertEquals(pastes.add("x\n", line), undefined);
  assertEquals(
    pastes.expand(line),
    Array.from({ length: MAX_PASTES.count }, (_, i) => `${i}\n`).join(""),
  );
  assert(pastes.add("x\n", line.slice(0, -1)));
});

Deno.test("tokenAround() finds the token that an index would split", () => {
  const line = "a⟦2 lines⟧⟦13 lines #2⟧b";
  assertEquals(tokenAround(line, 1), undefined);
  assertEquals(tokenAround(line, 2), { start: 1, end: 10 });
  assertEquals(tokenAround(line, 9), { start: 1, end: 10 });
  assertEquals(tokenAround(line, 10), undefined);
  assertEquals(tokenAround(line, 11), { start: 10, end: 23 });
  assertEquals(tokenAround(line, 23), undefined);
  assertEquals(tokenAround(line, line.length), undefined);
  assertEquals([hasPasteToken(line), hasPasteToken("⟦no⟧")], [true, false]);
});
