import { assert, assertEquals } from "@std/assert";
import { RawHttp } from "../support/wire/raw_http1.ts";
import type { Target } from "../support/wire/raw_http2.ts";
import { HOSTILE_REQUESTS, type HostileRequest } from "./bad_requests.ts";
import { HOSTILE_WEB_SOCKETS } from "./bad_web_sockets.ts";
import { Bystanders, MAX_GROWTH, startAttackedServer, TRANSPORTS } from "./bystanders.ts";

/** The most parts that a peer sends if the server never closes its connection. */
const MAX_PARTS = 20_000;
/** The wait of the slow ones, in milliseconds. */
const SLOW_MS = 20;

/**
 * Runs an attack, and returns the statuses of the responses once all that are expected are there, or
 * the server has closed the connection, as it must unless the peer may stay.
 */
async function attack(target: Target, peer: HostileRequest): Promise<number[]> {
  await using connection = await RawHttp.open(target, { reads: !peer.deaf });
  let isOpen = true;
  for (let round = 0; round < MAX_PARTS && isOpen && !connection.closed; round++) {
    const part = peer.sends(round);
    if (!part) break;
    isOpen = await connection.send(part);
    if (peer.slow) await new Promise((wake) => setTimeout(wake, SLOW_MS));
  }
  const expected = peer.answers?.length ?? 0;
  const mayLeave = ({ statuses, text }: RawHttp) =>
    !!peer.stays && statuses.length >= expected || !!peer.until && text.includes(peer.until);
  if (peer.deaf) assert(!isOpen, "it is still there");
  else await connection.until(mayLeave);
  return connection.statuses;
}

const withWords = (peers: readonly HostileRequest[], words: RegExp, has = true) =>
  peers.filter(({ does }) => words.test(does) === has);

/**
 * The peers, by what they do. A server for each group: over TLS, what a flood leaves to be collected
 * adds up, and the bound is for what a few of them may cost.
 */
const PEERS: Readonly<Record<string, readonly HostileRequest[]>> = {
  "speak HTTP/1.1": withWords(HOSTILE_REQUESTS, /endless/, false),
  "send requests without end": withWords(HOSTILE_REQUESTS, /endless requests/),
  "send a request without end": withWords(HOSTILE_REQUESTS, /endless (?!requests)/),
  "speak a WebSocket": withWords(HOSTILE_WEB_SOCKETS, /floods/, false),
  "flood a WebSocket with pings or pongs": withWords(HOSTILE_WEB_SOCKETS, /floods .* p[io]ngs/),
  "flood a WebSocket with messages": withWords(HOSTILE_WEB_SOCKETS, /floods (?!.* p[io]ngs)/),
};

for (const transport of TRANSPORTS) {
  for (const [what, peers] of Object.entries(PEERS)) {
    Deno.test({
      name: `hostile peers that ${what} affect nobody who talks at the same time: ${transport}`,
      ignore: Deno.build.os !== "linux", // Only glibc's malloc() can be made to fill freed memory.
      async fn(t) {
        await using server = await startAttackedServer(transport);
        await using pair = await Bystanders.join(server);
        for (const peer of peers) {
          await t.step(`one that ${peer.does}`, async () => {
            await pair.turns();
            const statuses = await attack(server, peer);
            if (peer.answers) assertEquals(statuses, peer.answers);
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
}
