import { assertEquals, assertThrows } from "@std/assert";
import { checkCluster, type ClusterOptions } from "../../../server/cluster_options.ts";

Deno.test("checkCluster() completes the addresses of nodes, and the name", () => {
  const urls = ["nats://n1", "tls://n2:4223/", "nats://[::1]"];
  assertEquals(checkCluster({ urls }), {
    urls: ["nats://n1:4222", "tls://n2:4223", "nats://[::1]:4222"],
    name: "chat",
  });
});

const URLS = ["nats://n1"];

const REFUSED: readonly [options: ClusterOptions, words: string][] = [
  [{ urls: [] }, "cluster.urls: there must be at least one address"],
  [
    { urls: ["http://n1"] },
    'cluster.urls "http://n1": must be nats://HOST:PORT or tls://HOST:PORT',
  ],
  [{ urls: ["nats://n1/a"] }, 'cluster.urls "nats://n1/a": must be nats://HOST:PORT or'],
  [
    { urls: ["nats://n1:0"] },
    'cluster.urls "nats://n1:0": the port must be a whole number from 1 to 65,535',
  ],
  [
    { urls: URLS, name: "A.b" },
    'cluster.name "A.b": must be lower-case letters, digits and -, at most',
  ],
  [{ urls: URLS, name: "" }, 'cluster.name "": must be'],
  [{ urls: URLS, replicas: 2 }, "cluster.replicas 2: must be 1, 3 or 5"],
  [{ urls: URLS, replicas: 7 }, "cluster.replicas 7: must be a whole number from 1 to 5"],
  [{ urls: URLS, cert: "cert" }, "cluster.cert and cluster.key go together"],
  [{ urls: URLS, key: "key" }, "cluster.cert and cluster.key go together"],
];

for (const [options, words] of REFUSED) {
  Deno.test(`checkCluster() refuses ${JSON.stringify(options)}`, () => {
    assertThrows(() => checkCluster(options), RangeError, words);
  });
}

Deno.test("checkCluster() does not repeat a secret in an address", () => {
  const error = assertThrows(() => checkCluster({ urls: ["nats://ann:s3cret@n1"] }), RangeError);
  assertEquals(
    error.message,
    "cluster.urls: an address of the engine must not contain a user, password or token",
  );
});
