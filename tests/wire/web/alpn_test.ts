import { assertEquals } from "@std/assert";
import { connect } from "node:tls";
import { serve } from "../../../mod.ts";
import { parseTcpAddress } from "../../../text/address.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";

/** The protocol that a server chooses among those offered over TLS. */
function chosen(address: string, offered: string[]): Promise<string | false | null> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...parseTcpAddress(address),
      ALPNProtocols: offered,
      rejectUnauthorized: false,
    }, () => {
      resolve(socket.alpnProtocol);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

Deno.test("a server that speaks TLS has HTTP/1.1 for browsers, which offer HTTP/2 too", async () => {
  await using folder = await temporaryFolder();
  const data = `${folder.path}/chat.db`;
  await using server = await serve({ address: "127.0.0.1:0", tls: true, data });
  assertEquals(await chosen(server.address, ["h2"]), "h2"); // As gRPC does.
  assertEquals(await chosen(server.address, ["h2", "http/1.1"]), "http/1.1");
  assertEquals(await chosen(server.address, ["http/1.1"]), "http/1.1");
});
