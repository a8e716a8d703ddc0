import { isInstalled, REVERSE_PROXIES, startReverseProxy } from "../interop/reverse_proxies.ts";
import { startServer } from "../support/program.ts";
import { inFolder } from "../support/temporary_folder.ts";
import { TestCa, writePair } from "../support/test_ca.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import { MISSING, playWithAll, whyIgnored } from "./players.ts";
import { playSession } from "./session.ts";

/** A room for each player. */
const roomOf = (kind: string) => `room of ${kind.replaceAll(/[^a-z]+/gi, " ").trim()}`;

Deno.test({
  name: `all gRPC clients over TLS: join, post, receive, resume, goodbye${whyIgnored(MISSING)}`,
  ignore: MISSING.length > 0,
  fn: () =>
    inFolder(async (folder) => {
      const ca = new TestCa("test");
      const caFile = `${folder}/ca.pem`;
      await Deno.writeTextFile(caFile, ca.cert);
      const pair = ca.issue(["127.0.0.1", "localhost"]);
      const files = await writePair(folder, pair, { cert: "--tls-cert", key: "--tls-key" });
      await using server = await startServer(["--quiet", "--tls", ...files]);
      await playWithAll(server.address, async (player, kind) => {
        using peer = new Peer(server.address, ca.cert);
        await playSession(player, peer, roomOf(kind));
      }, caFile);
    }),
});

for (const [name, middleman] of Object.entries(REVERSE_PROXIES)) {
  const missing = [...MISSING, ...await isInstalled(middleman) ? [] : [middleman.program]];
  Deno.test({
    name: `all gRPC clients: the same session behind ${name}${whyIgnored(missing)}`,
    ignore: missing.length > 0,
    async fn() {
      await using server = await startServer(["--quiet"]);
      await using proxy = await startReverseProxy(middleman, server.address);
      await playWithAll(proxy.address, async (player, kind) => {
        using peer = new Peer(server.address);
        await playSession(player, peer, roomOf(kind));
      });
    },
  });
}
