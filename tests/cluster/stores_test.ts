import { connectNats } from "../../server/cluster/nats/engine.ts";
import { openClusterStore } from "../support/cluster/cluster_store.ts";
import { runSteps } from "../support/cluster/run_steps.ts";
import { testSharedNames } from "../support/cluster/shared_names.ts";
import { testSharedRooms } from "../support/cluster/shared_rooms.ts";
import { testSharedSanctions } from "../support/cluster/shared_sanctions.ts";
import { testSharedTopics } from "../support/cluster/shared_topics.ts";
import type { TestCluster } from "../support/cluster/shared_store.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";
import { testNames } from "../support/stores/names.ts";
import type { RegisterTest } from "../support/stores/register.ts";
import { testRooms } from "../support/stores/rooms.ts";
import { testSanctions } from "../support/stores/sanctions.ts";
import { testTopics } from "../support/stores/topics.ts";

const ignore = !(await hasNats());

/** The number of chats so far; each has streams of its own. */
let chats = 0;

/** Starts a chat that no other test uses. */
function startChat(nats: Nats): Promise<TestCluster> {
  const stack = new AsyncDisposableStack();
  const options = { urls: nats.urls, name: `chat-${chats++}`, startMs: 60_000 };
  return Promise.resolve({
    connect: async () => stack.use(await connectNats(options)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  });
}

/** Opens a store on a connection of its own, which it closes. */
async function openStore(nats: Nats) {
  const chat = await startChat(nats);
  const store = await openClusterStore(await chat.connect());
  const close = store[Symbol.asyncDispose].bind(store);
  return Object.assign(store, {
    [Symbol.asyncDispose]: async () => {
      await close();
      await chat[Symbol.asyncDispose]();
    },
  });
}

/** A group of tests that share nodes. */
type Group = (nats: Nats, register: RegisterTest) => void;

const GROUPS: Readonly<Record<string, Group>> = {
  "names of two servers": (nats, register) => {
    testSharedNames("NATS", () => startChat(nats), register);
  },
  "rooms of two servers": (nats, register) => {
    testSharedRooms("NATS", () => startChat(nats), register);
    testSharedTopics("NATS", () => startChat(nats), register);
    testSharedSanctions("NATS", () => startChat(nats), register);
  },
  "a store of one server": (nats, register) => {
    testNames("ClusterStore", () => openStore(nats), register);
    testRooms("ClusterStore", () => openStore(nats), register);
    testTopics("ClusterStore", () => openStore(nats), register);
    testSanctions("ClusterStore", () => openStore(nats), register);
  },
};

for (const [name, group] of Object.entries(GROUPS)) {
  for (const nodes of [1, 3] as const) {
    Deno.test({
      name: `${name} in NATS, on ${nodes === 1 ? "one node" : "three nodes"}`,
      ignore,
      timeout: 300_000, // Three nodes on a busy machine.
      fn: async (test) => {
        await using nats = await Nats.start({ nodes });
        const steps: [string, () => Promise<void>][] = [];
        group(nats, (...step) => void steps.push(step));
        await runSteps(test, steps);
      },
    });
  }
}
