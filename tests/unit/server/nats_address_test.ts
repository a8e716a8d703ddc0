import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { parseAddresses } from "../../../server/cluster/nats_address.ts";
import { checkClusterName, checkReplicas } from "../../../server/cluster/settings.ts";

Deno.test("parseAddresses() returns hosts with ports, and whether they use TLS", () => {
  assertEquals(parseAddresses(["nats://n1.example", "nats://10.0.0.1:5222/", "nats://[::1]:1"]), [
    { hostPort: "n1.example:4222", isTls: false },
    { hostPort: "10.0.0.1:5222", isTls: false },
    { hostPort: "[::1]:1", isTls: false },
  ]);
  assertEquals(parseAddresses(["tls://n1"]), [{ hostPort: "n1:4222", isTls: true }]);
});

const REFUSED: [string[], string][] = [
  [[], "--cluster needs 1 to 16 URLs: got 0"],
  [Array(17).fill("nats://n1"), "--cluster needs 1 to 16 URLs: got 17"],
  [["n1:4222"], '--cluster "n1:4222" is not a URL such as nats://HOST:PORT or tls://HOST'],
  [["http://n1"], '--cluster "http://n1" is not a URL such as nats://HOST:PORT or tls://HOST'],
  [["nats://"], '--cluster "nats://" is not a URL such as nats://HOST:PORT or tls://HOST'],
  [["nats://n1:99999"], "is not a URL such as"],
  [["nats://n1/path"], '--cluster "nats://n1/path" has something after the port'],
  [["nats://n1?a=b"], '--cluster "nats://n1?a=b" has something after the port'],
  [
    ["tls://n1", "nats://n2"],
    '--cluster "tls://n1,nats://n2": use tls:// for all URLs or for none',
  ],
];

for (const [urls, words] of REFUSED) {
  Deno.test(`parseAddresses() refuses ${urls.slice(0, 2).join(", ") || "nothing"}`, () => {
    const error = assertThrows(() => parseAddresses(urls), ChatError, words);
    assertEquals(error.code, "invalid");
  });
}

Deno.test("parseAddresses() refuses a user without showing the password", () => {
  for (const user of ["ann:secret", "secret", "ann:sec@ret", "ann:sec ret", "ann:sec/ret"]) {
    const error = assertThrows(() => parseAddresses([`nats://${user}@n1:4222`]), ChatError);
    assertEquals(error.message.includes("ret"), false, error.message);
  }
});

Deno.test("checkClusterName() and checkReplicas() name the value and the bound", () => {
  for (const name of ["a", "team-1", "a".repeat(32)]) checkClusterName(name);
  for (const name of ["", "a".repeat(33), "Chat", "a_b", "a.b", "a b", "ä", "a*"]) {
    assertThrows(
      () => checkClusterName(name),
      ChatError,
      `--cluster-name "${name}" must be 1 to 32`,
    );
  }
  for (const replicas of [1, 3, 5]) checkReplicas(replicas);
  for (const replicas of [0, 2, 4, 7, 1.5, NaN]) {
    assertThrows(
      () => checkReplicas(replicas),
      ChatError,
      `--cluster-replicas ${replicas} must be`,
    );
  }
});
