import { assert, assertEquals } from "@std/assert";
import { doHarm, HOSTILE_PEERS } from "./attacks.ts";
import { HonestPair, MAX_GROWTH, startHarmedServer, TRANSPORTS } from "./bystanders.ts";

for (const transport of TRANSPORTS) {
  Deno.test({
    name:
      `Peers that mean harm are sent away, and two who talk meanwhile notice nothing: ${transport}`,
    ignore: Deno.build.os !== "linux", // Elsewhere malloc() cannot be told to fill what is freed.
    async fn(t) {
      await using server = await startHarmedServer(transport);
      await using pair = await HonestPair.join(server);
      for (const peer of HOSTILE_PEERS) {
        await t.step(`one that ${peer.does}`, async () => {
          await pair.turns();
          assert(await doHarm(server, peer), "it is still there");
          await pair.turns();
          const growth = await pair.growth();
          assert(growth < MAX_GROWTH, `the server has grown by ${growth} bytes`);
        });
      }
      await pair.turns(100);
      await pair.leave();
      server.kill("SIGTERM");
      const { code, signal } = await server.ended();
      assertEquals([code, signal], [0, null]);
      assertEquals(/^\S+ error .*/m.exec(server.stderr), null);
    },
  });
}
