import { assertEquals, assertStringIncludes } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { proofBytes, type ServerIdentity, webIdentity } from "../../../proto/identity/proof.ts";
import { serve } from "../../../server.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";
import { JsonSession, toJoin } from "../../support/wire/json_session.ts";

const encode = (bytes: Uint8Array) => bytes.toBase64();

/** Joins with a new key over a WebSocket, and signs for `server`. */
async function join(
  address: string,
  headers: Record<string, string>,
  toServer: (id: Uint8Array) => ServerIdentity,
): Promise<JsonSession> {
  const identity = await Identity.generate();
  const session = await JsonSession.open(address, headers);
  const join = { room: "", ...toJoin({ name: "ann" }), client: "a secret of ann's" };
  session.send({ join: { ...join, key: encode(identity.publicKey) } });
  const { challenge } = await session.until(({ challenge }) => challenge);
  const server = toServer(Uint8Array.fromBase64(challenge.server ?? ""));
  const nonce = Uint8Array.fromBase64(challenge.nonce);
  const signature = await identity.sign(proofBytes(server, { nonce }, { name: "ann", ...join }));
  session.send({ proof: { signature: encode(signature) } });
  return session;
}

Deno.test("a web page proves its key for its own origin", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  using peer = new Peer(server.address);
  const bob = await peer.join({ name: "bob" });
  const origin = `http://${server.address}`;
  await using ann = await join(server.address, { origin }, () => webIdentity(origin));
  await ann.until(({ welcome }) => welcome);
  ann.send({ posts: [{ id: "1", message: "it is me" }] });
  await bob.until(({ notes }) => notes.length === 1);
  assertEquals(bob.seen.notes[0]!.verified, true);
});

Deno.test("a program proves its key over a WebSocket as over gRPC", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using ann = await join(server.address, {}, (id) => ({ transport: "plain", id }));
  await ann.until(({ welcome }) => welcome);
});

Deno.test("a signature for another server or origin is refused", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  const origin = `http://${server.address}`;
  const other = webIdentity("http://evil.example");
  const proofs: [what: string, headers: Record<string, string>, toServer: () => ServerIdentity][] =
    [
      ["a page for another origin", { origin }, () => other],
      ["a page for another scheme", { origin }, () => webIdentity(`https://${server.address}`)],
      ["a page as a program", { origin }, () => ({ transport: "plain", id: new Uint8Array(32) })],
      ["a program as a page", {}, () => webIdentity(origin)],
    ];
  for (const [what, headers, toServer] of proofs) {
    await using eve = await join(server.address, headers, toServer);
    const { code, goodbye } = await eve.closed;
    assertEquals([code, goodbye?.code], [1000, 7], what);
    assertStringIncludes(goodbye?.reason, "The signature does not match the key");
  }
});
