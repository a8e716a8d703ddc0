import { assert, assertEquals } from "@std/assert";
import { attack, HOSTILE_PEERS } from "./attacks.ts";
import { Bystanders, MAX_GROWTH, startAttackedServer, TRANSPORTS } from "./bystanders.ts";

for (const transport of TRANSPORTS) {
  Deno.test({
    name:
      `hostile peers are disconnected, and two members talking at the same time notice nothing: ${transport}`,
    ignore: Deno.build.os !== "linux", // Only glibc's malloc() can be made to fill freed memory.
    async fn(t) {
      await using server = await startAttackedServer(transport);
      await using pair = await Bystanders.join(server);
      for (const peer of HOSTILE_PEERS) {
        await t.step(`one that ${peer.does}`, async () => {
          await pair.turns();
          assert(await attack(server, peer), "it is still there");
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
