import { assert, assertEquals } from "@std/assert";
import { startServer } from "./harness.ts";
import { HonestPair } from "./honest_pair.ts";
import { doHarm, HOSTILE_PEERS } from "./hostile_peers.ts";

/** How much more memory the server may use than at its start, in bytes. */
const MAX_GROWTH = 64 * 2 ** 20;

Deno.test({
  name: "Peers that mean harm are sent away, and two who talk meanwhile notice nothing",
  ignore: Deno.build.os !== "linux", // Elsewhere malloc() cannot be told to fill what is freed.
  async fn(t) {
    // A server that does not forget anybody's harm: the honest have to live with all of it.
    await using server = await startServer(["--quiet", "--join-timeout", "1", "--keep", "1000"], {
      // Small spaces for young objects: what is measured is what is kept, not what has not been swept.
      env: {
        MALLOC_PERTURB_: "165",
        DENO_V8_FLAGS: "--max-semi-space-size=1,--heap-growing-percent=20",
      },
    });
    await using pair = await HonestPair.join(server);
    for (const peer of HOSTILE_PEERS) {
      await t.step(`one that ${peer.does}`, async () => {
        await pair.turns();
        assert(await doHarm(server.address, peer), "it is still there");
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
