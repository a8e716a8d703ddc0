import { assertEquals, assertThrows } from "@std/assert";
import { checkCluster, type ClusterOptions } from "../../../server/cluster_options.ts";

Deno.test("checkCluster() completes the addresses of nodes, and the name", () => {
  const nodes = ["nats://n1", "tls://n2:4223/", "nats://[::1]"];
  assertEquals(checkCluster({ nodes }), {
    nodes: ["nats://n1:4222", "tls://n2:4223", "nats://[::1]:4222"],
    name: "chat",
  });
});

const NODES = ["nats://n1"];

const REFUSED: readonly [options: ClusterOptions, words: string][] = [
  [{ nodes: [] }, "cluster.nodes: there must be at least one address"],
  [
    { nodes: ["http://n1"] },
    'cluster.nodes "http://n1": must be nats://HOST:PORT or tls://HOST:PORT',
  ],
  [{ nodes: ["nats://n1/a"] }, 'cluster.nodes "nats://n1/a": must be nats://HOST:PORT or'],
  [
    { nodes: ["nats://n1:0"] },
    'cluster.nodes "nats://n1:0": the port must be a whole number from 1 to 65,535',
  ],
  [{ nodes: NODES, name: "a.b" }, 'cluster.name "a.b": must be letters, digits, - and _, at most'],
  [{ nodes: NODES, name: "" }, 'cluster.name "": must be'],
  [{ nodes: NODES, replicas: 2 }, "cluster.replicas 2: must be 1, 3 or 5"],
  [{ nodes: NODES, replicas: 7 }, "cluster.replicas 7: must be a whole number from 1 to 5"],
  [{ nodes: NODES, cert: "cert" }, "cluster.cert and cluster.key go together"],
  [{ nodes: NODES, key: "key" }, "cluster.cert and cluster.key go together"],
];

for (const [options, words] of REFUSED) {
  Deno.test(`checkCluster() refuses ${JSON.stringify(options)}`, () => {
    assertThrows(() => checkCluster(options), RangeError, words);
  });
}

Deno.test("checkCluster() does not repeat a secret in an address", () => {
  const error = assertThrows(() => checkCluster({ nodes: ["nats://ann:s3cret@n1"] }), RangeError);
  assertEquals(
    error.message,
    "cluster.nodes: an address of the engine must not contain a user, password or token",
  );
});
