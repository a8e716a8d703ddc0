import { assertEquals } from "@std/assert";
import dns from "node:dns";
import { serve } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";

/** Answers each lookup of a name by these addresses, until disposed. */
function resolveTo(addresses: readonly string[]): Disposable & { lookups: number } {
  const { lookup } = dns.promises;
  const resolved = {
    lookups: 0,
    [Symbol.dispose]: () => void (dns.promises.lookup = lookup),
  };
  const answer = () => {
    resolved.lookups++;
    return Promise.resolve(addresses.map((address) => ({ address, family: 4 })));
  };
  dns.promises.lookup = answer as unknown as typeof lookup;
  return resolved;
}

Deno.test("a name with several addresses leads to the first that is there, in one attempt", {
  // Timers of grpc-js that keep nothing alive: for its next attempts at the others.
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  using resolved = resolveTo(["127.0.0.2", "127.0.0.1"]); // Nothing listens on the first.
  const address = server.address.replace("127.0.0.1", "chat.example");
  await using bob = joinLibraryChat("bob", address, { tls: false });
  await bob.say("hello");
  assertEquals([bob.reasons, bob.servers, resolved.lookups], [[], [address], 1]);
});
