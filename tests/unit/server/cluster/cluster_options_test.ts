import { assertEquals, assertThrows } from "@std/assert";
import { checkCluster, type ClusterOptions } from "../../../../server/cluster_options.ts";

Deno.test("checkCluster() completes the addresses of nodes, and the name", () => {
  const urls = ["nats://n1.example", "nats://10.0.0.1:4223/", "nats://[::1]"];
  assertEquals(checkCluster({ urls }), {
    urls: ["nats://n1.example:4222", "nats://10.0.0.1:4223", "nats://[::1]:4222"],
    name: "chat",
  });
  assertEquals(checkCluster({ urls: ["tls://n1"] }).urls, ["tls://n1:4222"]);
});

const URLS = ["nats://n1"];

const REFUSED: [options: ClusterOptions, words: string][] = [
  [{ urls: [] }, 'cluster.urls "": must be 1 to 16 addresses, not 0'],
  [{ urls: Array(17).fill("nats://n1") }, "must be 1 to 16 addresses, not 17"],
  [
    { urls: ["tls://n1", "nats://n2"] },
    'cluster.urls "tls://n1,nats://n2": must use tls:// for all nodes or for none',
  ],
  [{ urls: ["n1:4222"] }, 'cluster.urls "n1:4222": must be nats://HOST:PORT or tls://HOST:PORT'],
  [{ urls: ["nats://"] }, 'cluster.urls "nats://": the host must be a name or an IP address'],
  [{ urls: ["nats://n1?a=b"] }, 'cluster.urls "nats://n1?a=b": the host must be a name or an IP'],
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
  [{ urls: URLS, replicas: 2 }, "cluster.replicas 2: must be 1, 3 or 5"],
  [{ urls: URLS, replicas: 7 }, "cluster.replicas 7: must be a whole number from 1 to 5"],
  [{ urls: URLS, cert: "cert" }, "cluster.cert and cluster.key go together"],
  [{ urls: URLS, key: "key" }, "cluster.cert and cluster.key go together"],
];

for (const name of ["", "a".repeat(33), "Chat", "a_b", "a.b", "a b", "ä", "a*"]) {
  REFUSED.push([{ urls: URLS, name }, `cluster.name "${name}": must be`]);
}

for (const [options, words] of REFUSED) {
  Deno.test(`checkCluster() refuses ${JSON.stringify(options)}`, () => {
    assertThrows(() => checkCluster(options), RangeError, words);
  });
}

Deno.test("checkCluster() does not repeat a secret in an address", () => {
  for (const user of ["ann:s3cret", "s3cret", "ann:s3@cret", "ann:s3 cret", "ann:s3/cret"]) {
    const urls = ["nats://n1", `nats://${user}@n2`];
    const error = assertThrows(() => checkCluster({ urls }), RangeError);
    assertEquals(
      error.message,
      "cluster.urls: an address of the engine must not contain a user, password or token",
    );
  }
});
