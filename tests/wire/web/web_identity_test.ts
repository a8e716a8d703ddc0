import { assertEquals, assertStringIncludes } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { proofBytes, type ServerIdentity, webIdentity } from "../../../proto/identity/proof.ts";
import { serve } from "../../../server.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { TestCa } from "../../support/test_ca.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";
import { JsonSession, type JsonSessionOptions, toJoin } from "../../support/wire/json_session.ts";

const encode = (bytes: Uint8Array) => bytes.toBase64();

const decodePem = (pem: string) => Uint8Array.fromBase64(pem.replace(/-----[A-Z ]+-----|\s/g, ""));

/** Joins with a new key over a WebSocket, and signs for `server`. */
async function join(
  address: string,
  options: JsonSessionOptions,
  toServer: (id: Uint8Array) => ServerIdentity,
): Promise<JsonSession> {
  const identity = await Identity.generate();
  const session = await JsonSession.open(address, options);
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
  await using ann = await join(server.address, { headers: { origin } }, () => webIdentity(origin));
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

Deno.test("over TLS, a web page proves its key for its origin, and a program for the certificate", async () => {
  const authority = new TestCa("a test authority");
  await using folder = await temporaryFolder();
  const { cert, key } = authority.issue(["localhost"]);
  const [tlsCert, tlsKey] = [`${folder.path}/cert.pem`, `${folder.path}/key.pem`];
  await Deno.writeTextFile(tlsCert, cert);
  await Deno.writeTextFile(tlsKey, key);
  await using server = await serve({ address: "localhost:0", tlsCert, tlsKey });
  const origin = `https://${server.address}`;
  const ca = authority.cert;
  const options = { headers: { origin }, ca };
  await using ann = await join(server.address, options, () => webIdentity(origin));
  await ann.until(({ welcome }) => welcome);
  await ann.close();
  const id = new Uint8Array(await crypto.subtle.digest("SHA-256", decodePem(cert)));
  await using bob = await join(server.address, { ca }, () => ({ transport: "tls", id }));
  const { code, goodbye } = await bob.closed; // A new key, but the name belongs to the page's.
  assertEquals([code, goodbye?.code], [1000, 6]);
});

Deno.test("a signature for another server or origin is refused", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  const origin = `http://${server.address}`;
  const other = webIdentity("http://evil.example");
  const proofs: [what: string, options: JsonSessionOptions, toServer: () => ServerIdentity][] = [
    ["a page for another origin", { headers: { origin } }, () => other],
    [
      "a page for another scheme",
      { headers: { origin } },
      () => webIdentity(`https://${server.address}`),
    ],
    [
      "a page as a program",
      { headers: { origin } },
      () => ({ transport: "plain", id: new Uint8Array(32) }),
    ],
    ["a program as a page", {}, () => webIdentity(origin)],
  ];
  for (const [what, options, toServer] of proofs) {
    await using eve = await join(server.address, options, toServer);
    const { code, goodbye } = await eve.closed;
    assertEquals([code, goodbye?.code], [1000, 7], what);
    assertStringIncludes(goodbye?.reason, "The signature does not match the key");
  }
});
