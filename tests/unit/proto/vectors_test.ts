import { assertEquals } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { proofBytes, type Purpose, type ServerIdentity } from "../../../proto/identity/proof.ts";
import vectors from "../../../proto/identity/vectors.json" with { type: "json" };
import { LOBBY } from "../../../room/defaults.ts";
import { foldName } from "../../../room/note.ts";

/** The start of every Ed25519 key in PKCS #8, before the 32 bytes of the key. */
const PKCS8 = "302e020100300506032b657004220420";

const pem = [
  "-----BEGIN PRIVATE KEY-----",
  Uint8Array.fromHex(PKCS8 + vectors.privateKey).toBase64(),
  "-----END PRIVATE KEY-----",
].join("\n");
const identity = (await Identity.parse(pem))!;

Deno.test("the key of the test vectors has the public key and the fingerprint that they say", () => {
  assertEquals([identity.publicKey.toHex(), identity.fingerprint], [
    vectors.publicKey,
    vectors.fingerprint,
  ]);
});

for (
  const { what, purpose, transport, server, nonce, folded, bytes, signature, ...join } of vectors
    .proofs
) {
  Deno.test(`the proof ${what} is that of the test vectors`, async () => {
    const identified = { transport, id: Uint8Array.fromHex(server) } as ServerIdentity;
    const challenge = { nonce: Uint8Array.fromHex(nonce) };
    const signed = proofBytes(identified, challenge, join, purpose as Purpose);
    assertEquals(signed.toHex(), bytes);
    assertEquals((await identity.sign(signed)).toHex(), signature);
    assertEquals(foldName(join.room) || LOBBY, folded);
  });
}

Deno.test("the test vectors have every transport and every purpose", () => {
  const kinds = vectors.proofs.map(({ transport, purpose }) => `${transport} ${purpose}`);
  assertEquals([...new Set(kinds)].toSorted(), [
    "plain session",
    "tls backup",
    "tls session",
    "web session",
  ]);
});
