import { assertEquals } from "@std/assert";
import { freePort, run } from "../support/program.ts";

const URL = "nats://127.0.0.1";

const NO_CERTIFICATE = "--cluster with TLS needs --tls-cert and --tls-key: " +
  "clients must see one certificate on all servers";

/** Command lines that make no sense, and what is wrong with them. */
const WRONG: readonly [args: string[], words: string][] = [
  [["--cluster-creds", "creds"], "--cluster-creds needs --cluster URL"],
  [["--cluster-ca", "ca.pem"], "--cluster-ca needs --cluster URL"],
  [["--cluster-name", "team"], "--cluster-name needs --cluster URL"],
  [["--cluster-replicas", "3"], "--cluster-replicas needs --cluster URL"],
  [["--cluster-key", "key.pem"], "--cluster-key needs --cluster URL"],
  [
    ["--cluster", URL, "--cluster-cert", "cert.pem"],
    "--cluster-cert and --cluster-key go together: give both, or none",
  ],
  [
    ["--cluster", URL, "--cluster-key", "key.pem"],
    "--cluster-cert and --cluster-key go together: give both, or none",
  ],
  [
    ["--cluster", "127.0.0.1:4222"],
    '--cluster "127.0.0.1:4222": must be nats://HOST:PORT or tls://HOST:PORT',
  ],
  [
    ["--cluster", `${URL},`],
    '--cluster "nats://127.0.0.1,": must be nats://HOST:PORT or tls://HOST:PORT',
  ],
  [
    ["--cluster", `${URL}:99999`],
    '--cluster "nats://127.0.0.1:99999": the port must be a whole number from 1 to 65,535',
  ],
  [
    ["--cluster", `${URL},tls://n2`],
    '--cluster "nats://127.0.0.1,tls://n2": must use tls:// for all nodes or for none',
  ],
  [
    ["--cluster", URL, "--cluster-name", "My Team"],
    '--cluster-name "My Team": must be lower-case letters, digits and -, at most 32 characters',
  ],
  [["--cluster", URL, "--cluster-replicas", "2"], '--cluster-replicas "2": must be 1, 3 or 5'],
  [
    ["--cluster", "nats://ann:s3cret@127.0.0.1"],
    "--cluster: other users of this machine could see a password in it: " +
    "put it in a file, and use --cluster-creds FILE",
  ],
  [["--cluster", URL, "--tls"], NO_CERTIFICATE],
  [["--cluster", URL, "--host", "0.0.0.0", "--data", "chat.db"], NO_CERTIFICATE],
];

for (const [args, words] of WRONG) {
  Deno.test(`chat serve ${args.join(" ")} is a wrong command line`, async () => {
    const { code, stdout, stderr } = await run("serve", args);
    assertEquals([code, stdout, stderr.split("\n")[0]], [2, "", `error: ${words}`]);
  });
}

for (
  const [flag, what] of [
    ["--cluster-creds", "the credentials"],
    ["--cluster-ca", "the certificates"],
  ] as const
) {
  Deno.test(`chat serve ${flag} names a file that is missing`, async () => {
    const cwd = await Deno.makeTempDir();
    const args = ["--port", `${freePort()}`, "--cluster", URL, flag, "missing"];
    const { code, stderr } = await run("serve", args, { cwd });
    assertEquals(
      [code, stderr],
      [1, `error: Cannot read ${what} in "missing": there is no such file\n`],
    );
    assertEquals(await Array.fromAsync(Deno.readDir(cwd)), []);
    await Deno.remove(cwd, { recursive: true });
  });
}
