import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { keyFingerprint } from "../../../room/identity.ts";
import { ChatError } from "../../../room/errors.ts";
import { checkKey, parseKeys } from "../../../server/access/key_list.ts";

const ANN = `SHA256:${"a".repeat(43)}`;
const BOB = new Uint8Array(32).fill(7);

Deno.test("parseKeys() accepts fingerprints, public keys, comments, and what chat whoami prints", async () => {
  const bob = await keyFingerprint(BOB);
  const text = [
    "# friends",
    "",
    `${ANN} # ann`,
    "name ann",
    "names ann, annie",
    `fingerprint ${ANN}\r`,
    `  ${BOB.toBase64()}  `,
  ].join("\n");
  assertEquals([...await parseKeys(text, "the members")], [ANN, bob]);
  assertEquals((await parseKeys("", "the members")).size, 0);
});

Deno.test("parseKeys() names the first line that is none, and does not quote it", async () => {
  for (const line of ["secret", `${ANN}a`, "A".repeat(43)]) {
    const error = await assertRejects(
      () => parseKeys(`${ANN}\n${line}\n`, "the operators"),
      RangeError,
      "Line 2 of the operators is not a public key",
    );
    assertEquals(error.message.includes(line), false);
  }
});

Deno.test("checkKey() refuses keys of another length, and those that prove nothing", () => {
  checkKey(BOB);
  for (const length of [0, 31, 33]) {
    const words = `The key has ${length} bytes: must be 32`;
    assertThrows(() => checkKey(new Uint8Array(length)), ChatError, words);
  }
  assertThrows(() => checkKey(new Uint8Array(32)), ChatError, "is of small order");
});
