import { startServer } from "../support/program.ts";
import { TestCa, writePair } from "../support/test_ca.ts";
import { inFolder } from "../support/temporary_folder.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import { isInstalled, REVERSE_PROXIES, startReverseProxy } from "../interop/reverse_proxies.ts";
import { Player, PLAYERS } from "./players.ts";
import { playSession } from "./session.ts";

const WHY = " (ignored: see tests/conformance/README.md)";

for (const [kind, player] of Object.entries(PLAYERS)) {
  const missing = !await player.isInstalled();
  Deno.test({
    name: `${kind}: a session over TLS: join, post, receive, resume, goodbye${missing ? WHY : ""}`,
    ignore: missing,
    fn: () =>
      inFolder(async (folder) => {
        const ca = new TestCa("test");
        const caFile = `${folder}/ca.pem`;
        await Deno.writeTextFile(caFile, ca.cert);
        const pair = ca.issue(["127.0.0.1", "localhost"]);
        const files = await writePair(folder, pair, { cert: "--tls-cert", key: "--tls-key" });
        await using server = await startServer(["--quiet", "--tls", ...files]);
        await using player = new Player(kind, server.address, caFile);
        using peer = new Peer(server.address, ca.cert);
        await playSession(player, peer, "");
      }),
  });
}

for (const [name, middleman] of Object.entries(REVERSE_PROXIES)) {
  const installed = await Promise.all(Object.values(PLAYERS).map((kind) => kind.isInstalled()));
  const missing = !await isInstalled(middleman) || installed.includes(false);
  Deno.test({
    name: `all gRPC clients: the same session behind ${name}${missing ? WHY : ""}`,
    ignore: missing,
    async fn() {
      await using server = await startServer(["--quiet"]);
      await using proxy = await startReverseProxy(middleman, server.address);
      await Promise.all(
        Object.keys(PLAYERS).map(async (kind, i) => {
          await using player = new Player(kind, proxy.address);
          using peer = new Peer(server.address);
          await playSession(player, peer, `room ${i}`);
        }),
      );
    },
  });
}
