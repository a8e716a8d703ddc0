import { assertEquals } from "@std/assert";
import type { ConnectOptions } from "../../server/cluster/connect_options.ts";
import { connectNats } from "../../server/cluster/nats/engine.ts";
import { assertRefused, testWith } from "../support/nats/connecting.ts";
import { appendAll, collect, encode, textsOf } from "../support/nats/entries.ts";
import type { Nats, NatsSettings } from "../support/nats/nats.ts";
import { nkeyUser, operatorWithUser } from "../support/nats/users.ts";
import { TestCa } from "../support/test_ca.ts";

/** Checks that a chat works. */
async function assertWorks(options: ConnectOptions): Promise<void> {
  await using engine = await connectNats(options);
  const { notes } = engine.journals;
  const seen = collect(notes);
  await notes.reach(await appendAll(notes, "room", ["1"]));
  assertEquals(textsOf(seen), ["1"]);
}

const [ann, bob] = [nkeyUser(), nkeyUser()];
const USERS = `authorization { users: [ { nkey: ${ann.publicKey}, permissions: {
  publish: ["chat.>", "$JS.API.>", "_INBOX.>"], subscribe: ["chat.>", "_INBOX.>"]
} } ] }`;

testWith(
  "a server may authenticate with the seed of an NKey",
  { settings: USERS },
  async ({ urls }, address) => {
    await assertWorks({ urls, credentials: ann.seed });
    await assertRefused(
      { urls, credentials: bob.seed },
      "unauthenticated",
      `NATS at ${address} refused the credentials: check the file of --cluster-creds`,
    );
    await assertRefused(
      { urls },
      "unauthenticated",
      `NATS at ${address} requires credentials: use --cluster-creds`,
    );
    for (const credentials of ["", "SUXXX", "-----BEGIN NATS USER JWT-----\nx\n"]) {
      await assertRefused(
        { urls, credentials },
        "invalid",
        "The file of --cluster-creds has neither NATS credentials nor the seed of an NKey",
      );
    }
    // The permissions are those of another chat.
    await assertRefused(
      { urls, name: "other", credentials: ann.seed },
      "unavailable",
      /^NATS does not permit it: .*other/,
    );
  },
);

const operator = await operatorWithUser();

testWith(
  "a server may authenticate with a credentials file",
  { settings: operator.settings },
  async (nats) => {
    await assertWorks({ urls: nats.urls, credentials: operator.credentials });
    await assertRefused({ urls: nats.urls }, "unauthenticated", /requires credentials/);
  },
);

testWith("a user without the permission to receive entries is refused", {
  settings: `authorization { users: [ { nkey: ${ann.publicKey}, permissions: {
    publish: [">"], subscribe: ["_INBOX.>"]
  } } ] }`,
}, async ({ urls }) => {
  await assertRefused(
    { urls, credentials: ann.seed },
    "unavailable",
    /^NATS does not permit it: Permissions Violation for Subscription to "chat\.live\.\w+\.>"/,
  );
});

testWith("a user without the permission to append is refused", {
  settings: `authorization { users: [ { nkey: ${ann.publicKey}, permissions: {
    publish: ["$JS.API.>"], subscribe: [">"]
  } } ] }`,
}, async ({ urls }) => {
  await assertRefused(
    { urls, credentials: ann.seed },
    "unavailable",
    /^NATS does not permit it: Permissions Violation for Publish to "chat\.\w+\.check"/,
  );
});

const ca = new TestCa("authority");
const other = new TestCa("another authority");
const server = ca.issue(["127.0.0.1", "localhost"]);
const client = ca.issue(["chat.example"]);
const stranger = other.issue(["chat.example"]);

/** The settings of a node with a certificate. */
function tls(pair: { cert: string; key: string }, more = ""): NatsSettings {
  return {
    files: { "cert.pem": pair.cert, "key.pem": pair.key, "ca.pem": ca.cert },
    settings: `tls { cert_file: "FOLDER/cert.pem", key_file: "FOLDER/key.pem", ${more} }`,
  };
}

const tlsUrls = (nats: Nats, host = "127.0.0.1") =>
  nats.nodes.map(({ port }) => `tls://${host}:${port}`);

testWith("a server checks the certificate of NATS", tls(server), async (nats) => {
  await assertWorks({ urls: tlsUrls(nats), ca: ca.cert });
  await assertWorks({ urls: tlsUrls(nats, "localhost"), ca: ca.cert });
  await assertWorks({ urls: nats.urls, ca: ca.cert });
  const refused =
    /^Cannot trust NATS at 127\.0\.0\.1:\d+: .*; name its authority with --cluster-ca$/;
  await assertRefused({ urls: tlsUrls(nats) }, "untrusted", refused);
  await assertRefused({ urls: nats.urls }, "untrusted", refused);
  await assertRefused({ urls: tlsUrls(nats), ca: other.cert }, "untrusted", refused);
  await assertRefused({ urls: tlsUrls(nats), ca: "no PEM" }, "invalid", /--cluster-ca/);
});

for (const host of ["127.0.0.1", "localhost"]) {
  testWith(
    `a server refuses the certificate of another host in place of ${host}`,
    tls(ca.issue(["nats.example"])),
    async (nats) => {
      await assertRefused({ urls: tlsUrls(nats, host), ca: ca.cert }, "untrusted", /Cannot trust/);
    },
  );
}

testWith(
  "a server may have a certificate of its own",
  tls(server, 'verify: true, ca_file: "FOLDER/ca.pem"'),
  async (nats) => {
    const urls = tlsUrls(nats);
    await assertWorks({ urls, ca: ca.cert, ...client });
    for (const certificate of [undefined, stranger]) {
      await assertRefused(
        { urls, ca: ca.cert, ...certificate },
        "mismatched",
        /^NATS at 127\.0\.0\.1:\d+ requires a certificate that it trusts \(.*\): use --cluster-cert and/,
      );
    }
  },
);

testWith("tls:// is never used without TLS", {}, async (nats, address) => {
  const words = `NATS at ${address} does not use TLS: use nats://`;
  await assertRefused({ urls: tlsUrls(nats) }, "mismatched", words);
  await assertRefused({ urls: nats.urls, ca: ca.cert }, "mismatched", words);
});

testWith("a large entry passes through TLS", tls(server), async (nats) => {
  await using engine = await connectNats({ urls: tlsUrls(nats), ca: ca.cert });
  const data = encode("x".repeat(engine.maxEntryBytes));
  await engine.journals.notes.append("room", data);
  assertEquals((await engine.journals.notes.read(1, 1))[0]?.data, data);
});
