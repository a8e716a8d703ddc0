import { assert, assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import { chatServer, type ClientFrameInit, type ServerFrame } from "../../../proto/mod.ts";
import { ChatError } from "../../../room/errors.ts";
import { serveSession } from "../../../server/session/serve_session.ts";
import type { ChatServices } from "../../../server/session/services.ts";
import { makeServices } from "./chat_services.ts";
import { nextTick } from "../../support/next_tick.ts";

/** The bound on unanswered posts of {@linkcode makeServices}. */
const MAX_IN_FLIGHT = 9;

/** A peer without a transport. */
interface PeerOptions {
  /** The frames that it sends after its join. */
  readonly frames: Iterable<ClientFrameInit>;
  /** Called for each frame that is written. The next one comes when it has resolved. */
  readonly onFrame: (frame: ServerFrame) => Promise<void>;
  /** Called with the last frame. */
  readonly onLast?: (frame: ServerFrame) => void;
}

/** Serves ann until she has received all answers, or is removed. */
async function serveAnn(
  services: ChatServices,
  { frames, onFrame, onLast = () => {} }: PeerOptions,
): Promise<void> {
  const { requestSerialize, requestDeserialize, responseDeserialize } = chatServer.Session;
  const sent = (function* () {
    yield { join: { name: "ann", room: "", client: "client of ann ..." } };
    yield* frames;
  })();
  await serveSession({
    ...{ address: "10.0.0.1", origin: undefined, signal: new AbortController().signal },
    frames: (async function* () {
      for (const frame of sent) yield requestDeserialize(requestSerialize(frame));
    })(),
    isReading: () => true,
    write: (bytes) => onFrame(responseDeserialize(bytes)),
    writeLast: (bytes) => onLast(responseDeserialize(bytes)),
    refuse: ({ details }) => {
      throw new Error(details);
    },
    ...{ joined() {}, posted() {}, refused() {} },
  }, services);
}

const REQUESTS: readonly [what: string, request: ClientFrameInit][] = [
  ["lists of rooms", { list_rooms: true }],
  ["orders", { orders: [{ name: "bob" }] }],
];

for (const [what, request] of REQUESTS) {
  Deno.test(`Session reads no more requests while too many are unanswered: ${what}`, async () => {
    const { services } = await makeServices();
    let asked = 0;
    let answered = 0;
    let most = 0;
    await serveAnn(services, {
      frames: (function* () {
        for (; asked < 100; asked++) yield request;
      })(),
      async onFrame({ rooms, outcomes }) {
        await nextTick(); // A peer that reads slowly.
        most = Math.max(most, asked - answered);
        answered += outcomes.length + (rooms ? 1 : 0);
      },
    });
    assertEquals(answered, 100);
    // A frame is being written while others are read.
    assert(most <= 2 * MAX_IN_FLIGHT + 1, `${most} are unanswered`);
  });
}

Deno.test("Session takes no more posts of a frame at once than may be in flight", async () => {
  const { services } = await makeServices();
  const counts: number[] = [];
  await serveAnn(services, {
    frames: [{ posts: Array.from({ length: 50 }, (_, i) => ({ id: `${i}`, message: "x" })) }],
    onFrame({ acks }) {
      if (acks.length > 0) counts.push(acks.length);
      return nextTick();
    },
  });
  assertEquals(counts.reduce((sum, count) => sum + count), 50);
  assertEquals(Math.max(...counts), MAX_IN_FLIGHT);
});

Deno.test("Session writes only a goodbye once its person is removed", async () => {
  const { services, sessions } = await makeServices();
  const seen: string[] = [];
  await serveAnn(services, {
    frames: Array.from({ length: 50 }, () => ({ orders: [{ name: "bob" }] })),
    async onFrame({ outcomes }) {
      seen.push(outcomes.length > 0 ? "outcomes" : "welcome");
      if (outcomes.length === 0) return;
      await nextTick(); // From here on, more answers are due.
      setImmediate(() => sessions.end(new ChatError("forbidden", "banned"), () => true));
    },
    onLast: ({ goodbye }) => seen.push(goodbye!.reason),
  });
  assertEquals(seen, ["welcome", "outcomes", "banned"]);
});
