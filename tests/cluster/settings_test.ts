import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatError } from "../../room/errors.ts";
import type { ConnectOptions } from "../../server/cluster/connect_options.ts";
import { connectNats } from "../../server/cluster/nats.ts";
import { largestEntryBytes } from "../../server/cluster/open.ts";
import { admin, configurationOf } from "../support/nats/admin.ts";
import { assertRefused, testWith } from "../support/nats/connecting.ts";
import { encode } from "../support/nats/entries.ts";
import { freePort } from "../support/program.ts";

/** A node of another version, as far as a connection gets; it may be lost once it has accepted one. */
function fakeNode(info: object, isLost = false): AsyncDisposable & { url: string } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      if (isLost) listener.close();
      void answer(connection, info, isLost);
    }
  })();
  return {
    url: `nats://127.0.0.1:${listener.addr.port}`,
    [Symbol.asyncDispose]: async () => {
      if (!isLost) listener.close();
      await serving;
    },
  };
}

async function answer(connection: Deno.TcpConn, info: object, isLost: boolean): Promise<void> {
  using _connection = connection;
  const send = (text: string) => connection.write(encode(text));
  await send(`INFO ${JSON.stringify(info)}\r\n`).catch(() => {});
  const reader = connection.readable.pipeThrough(new TextDecoderStream());
  try {
    for await (const text of reader) {
      if (!text.includes("PING\r\n")) continue;
      await send("PONG\r\n");
      if (isLost) break;
    }
  } catch {
    // The client has closed it.
  }
}

Deno.test("a node that cannot be reached is named", async () => {
  const address = `127.0.0.1:${freePort()}`;
  await assertRefused(
    { urls: [`nats://${address}`] },
    "unavailable",
    `Cannot reach NATS at ${address}: nothing listens there`,
  );
});

Deno.test("a node that is too old is refused", async () => {
  for (const version of ["2.10.29", "2.12.2", "2.12.0-RC.1", "1.4.1"]) {
    await using node = fakeNode({ version, max_payload: 8e6, proto: 1, headers: true });
    await assertRefused(
      { urls: [node.url] },
      "unsupported",
      `NATS at ${node.url.slice(7)} has the version ${version}: at least 2.12.3 is required`,
    );
  }
});

Deno.test("a node that is lost again during the start is named", async () => {
  await using node = fakeNode(
    { version: "2.15.3", max_payload: 8e6, proto: 1, headers: true },
    true,
  );
  await assertRefused(
    { urls: [node.url] },
    "unavailable",
    /^Cannot reach NATS at 127\.0\.0\.1:\d+: .*the connection was lost$/,
  );
});

Deno.test("a server that is not NATS is refused", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    return new Response("not NATS");
  });
  const address = `127.0.0.1:${server.addr.port}`;
  const error = /^Cannot reach NATS at 127\.0\.0\.1:\d+: there is no answer$/;
  await assertRefused({ urls: [`nats://${address}`], dialMs: 200 }, "unavailable", error);
});

testWith("a node that is down does not matter if another one is up", {}, async (nats) => {
  const urls = [`nats://127.0.0.1:${freePort()}`, ...nats.urls];
  for (let i = 0; i < 4; i++) { // In either order.
    await using engine = await connectNats({ urls });
    assertEquals(engine.isConnected, true);
  }
});

testWith(
  "NATS without JetStream is refused",
  { hasJetStream: false },
  async ({ urls }, address) => {
    await assertRefused(
      { urls },
      "unsupported",
      `NATS at ${address} has no JetStream for this user: enable it in the configuration of NATS`,
    );
  },
);

testWith("NATS that does not accept the largest note is refused", {
  settings: "max_payload: 100KB",
}, async ({ urls }, address) => {
  await assertRefused(
    { urls, minEntryBytes: largestEntryBytes(100_000) },
    "invalid",
    `NATS at ${address} has max_payload 102,400 bytes: the largest note needs 105,120 bytes; ` +
      "raise max_payload, or lower --max-note-bytes",
  );
  await using engine = await connectNats({ urls, minEntryBytes: largestEntryBytes(90_000) });
  assertEquals(engine.maxEntryBytes, 101_376);
});

testWith(
  "one node stores everything once, and refuses three replicas",
  {},
  async (nats, address) => {
    const { urls } = nats;
    await assertRefused(
      { urls, replicas: 3, startMs: Infinity },
      "invalid",
      /^NATS has too few nodes with JetStream for --cluster-replicas 3: /,
    );
    await using engine = await connectNats({ urls });
    assertEquals(engine.replicas, 1);
    assertEquals((await configurationOf(address, "chat")).num_replicas, 1);
  },
);

testWith("three nodes store everything three times, or as often as they should", {
  nodes: 3,
}, async ({ urls }, address) => {
  const replicasOf = async (options: Partial<ConnectOptions>) => {
    await using engine = await connectNats({ urls, startMs: 60_000, ...options });
    const stored = [];
    for (const stream of ["chat", "chat_state", "chat_presence"]) {
      stored.push((await configurationOf(address, stream)).num_replicas);
    }
    return [engine.replicas, ...stored];
  };
  assertEquals(await replicasOf({ replicas: 1 }), [1, 1, 1, 1]);
  assertEquals(await replicasOf({}), [1, 1, 1, 1]);
  assertEquals(await replicasOf({ replicas: 3 }), [3, 3, 3, 3]);
  assertEquals(await replicasOf({}), [3, 3, 3, 3]);
  await assertRefused(
    { urls, replicas: 5, name: "five" },
    "unavailable",
    /^NATS has too few nodes with JetStream for --cluster-replicas 5: /,
  );
});

testWith("streams keep what an administrator has set, and get what is missing", {}, async (
  { urls },
  address,
) => {
  const before = await whileConnected(urls, () => configurationOf(address, "chat"));
  const changed = { ...before, max_bytes: 5_000_000, description: "ours", max_age: 1e15 };
  assertEquals((await admin(address, "STREAM.UPDATE.chat", changed)).error, undefined);
  const after = await whileConnected(urls, () => configurationOf(address, "chat"));
  assertEquals(after, { ...before, max_bytes: 5_000_000, description: "ours" });
});

testWith("an administrator cannot purge what a chat is known by", {}, async ({ urls }, address) => {
  await using engine = await connectNats({ urls });
  await engine.journals.state.append("id", new TextEncoder().encode("1"));
  const { error } = await admin(address, "STREAM.PURGE.chat_state");
  assertEquals((error as { description: string }).description, "stream purge not permitted");
  assertEquals(await engine.journals.state.newest("id"), 1);
});

/** Calls `call` while a server is connected. */
async function whileConnected<T>(urls: readonly string[], call: () => Promise<T>): Promise<T> {
  await using _engine = await connectNats({ urls });
  return await call();
}

testWith("a stream that cannot be what a chat needs is refused", {}, async ({ urls }, address) => {
  const create = (name: string, config: object) =>
    admin(address, `STREAM.CREATE.${name}`, { name, num_replicas: 1, ...config });
  await create("chat", { subjects: ["chat.notes.>"], storage: "memory" });
  await assertRefused(
    { urls },
    "invalid",
    'The stream "chat" in NATS has another configuration (storage differs): delete it, or use another --cluster-name',
  );
  await create("others", { subjects: ["team.>"], storage: "file" });
  await assertRefused(
    { urls, name: "team" },
    "invalid",
    'NATS cannot make the stream "team": subjects overlap with an existing stream; use another --cluster-name',
  );
});

testWith("an entry is refused when NATS is full", {}, async ({ urls }, address) => {
  await using engine = await connectNats({ urls });
  const config = await configurationOf(address, "chat");
  await admin(address, "STREAM.UPDATE.chat", { ...config, max_bytes: 2_000 });
  const fill = async () => {
    while (true) await engine.journals.notes.append("room", new Uint8Array(500));
  };
  const error = await assertRejects(fill, ChatError);
  assertEquals(error.code, "unavailable");
  assertMatch(error.message, /^NATS refused an entry: maximum bytes exceeded/);
  assertEquals((await engine.journals.notes.read(1, 100)).length, 3);
});

testWith("two chats on one engine do not meet", {}, async ({ urls }) => {
  await using a = await connectNats({ urls, name: "a" });
  await using b = await connectNats({ urls, name: "b" });
  await a.journals.notes.append("room", encode("x"));
  b.listen("beat", () => {
    throw new Error("another chat's message");
  });
  a.send("beat", encode("x"));
  await b.journals.notes.append("other", encode("y"));
  assertEquals((await b.journals.notes.read(1, 10)).map(({ key }) => key), ["other"]);
});
