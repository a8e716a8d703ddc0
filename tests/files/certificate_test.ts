import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { readCertificate } from "../../platform/certificate.ts";
import { ChatError } from "../../room/errors.ts";
import { loadOrMakeCertificate, makeSelfSigned } from "../../server/tls/self_signed.ts";
import { formatCertificateFingerprint } from "../../text/certificate_fingerprint.ts";
import { TestCa } from "../support/test_ca.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("makeSelfSigned() signs an authority of its own for the hosts, for ten years", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  const made = makeSelfSigned(["localhost", "192.0.2.1", "2001:db8::1"], now);
  const certificate = new X509Certificate(made.cert);
  assertEquals(
    certificate.subjectAltName,
    "DNS:localhost, IP Address:192.0.2.1, IP Address:2001:db8::1",
  );
  assert(certificate.ca && certificate.verify(certificate.publicKey));
  assertEquals(new Date(certificate.validFrom), now);
  assertEquals(new Date(certificate.validTo), new Date("2036-11-22T12:00:00Z"));
  assertEquals(formatCertificateFingerprint(made.digest), certificate.fingerprint256);
});

Deno.test("makeSelfSigned() writes years from 2050 on with four digits", () => {
  const certificate = new X509Certificate(makeSelfSigned([], new Date("2045-01-01")).cert);
  assertEquals(new Date(certificate.validTo), new Date("2055-01-01"));
});

Deno.test("makeSelfSigned() never makes the same certificate twice", () => {
  const [a, b] = [makeSelfSigned([], new Date()), makeSelfSigned([], new Date())];
  assert(formatCertificateFingerprint(a.digest) !== formatCertificateFingerprint(b.digest));
  const serial = ({ cert }: { cert: string }) => new X509Certificate(cert).serialNumber;
  assert(serial(a) !== serial(b));
});

Deno.test("loadOrMakeCertificate() makes a pair once, and makes the key private to its owner", async () => {
  await using folder = await temporaryFolder();
  const files = { cert: `${folder.path}/chat.db.crt`, key: `${folder.path}/chat.db.key` };
  const made = await loadOrMakeCertificate(files, ["localhost"], new Date());
  assertEquals(made.isNew, true);
  if (Deno.build.os !== "windows") assertEquals((await Deno.stat(files.key)).mode! & 0o777, 0o600);
  const again = await loadOrMakeCertificate(files, ["localhost"], new Date());
  assertEquals(again, { ...made, isNew: false });
  const names = (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name);
  assertEquals(names.sort(), ["chat.db.crt", "chat.db.key"]);
});

Deno.test("loadOrMakeCertificate() makes no new pair if half of the old one exists", async () => {
  await using folder = await temporaryFolder();
  const files = { cert: `${folder.path}/chat.db.crt`, key: `${folder.path}/chat.db.key` };
  const made = await loadOrMakeCertificate(files, [], new Date());
  for (const [missing, there] of [[files.cert, files.key], [files.key, files.cert]] as const) {
    await Deno.rename(missing, `${missing}.away`);
    const message = await refusal(loadOrMakeCertificate(files, [], new Date()));
    assertMatch(message, new RegExp(`^Cannot find "${missing}": "${there}" exists without it;`));
    await Deno.rename(`${missing}.away`, missing);
  }
  assertEquals((await loadOrMakeCertificate(files, [], new Date())).digest, made.digest);
});

const authority = new TestCa("authority");
const good = authority.issue(["localhost"]);
const other = authority.issue(["localhost"]);
const PEM = /"[^"]*\.(?:crt|key)"/.source;

const UNUSABLE: [what: string, cert: string | undefined, key: string | undefined, words: string][] =
  [
    ["an expired certificate", ...pair(-9, -1), `Cannot use ${PEM}: it has expired on 20\\S+Z$`],
    ["one of tomorrow", ...pair(1, 2), `Cannot use ${PEM}: it is not valid before 20\\S+Z$`],
    [
      "the key of another",
      good.cert,
      other.key,
      `Cannot use ${PEM}: it is not the key of the cert`,
    ],
    [
      "no certificate",
      "-----BEGIN",
      good.key,
      `Cannot use ${PEM}: it contains no certificate in PEM$`,
    ],
    ["no key", good.cert, good.cert, `Cannot use ${PEM}: it contains no private key in PEM$`],
    ["a missing certificate", undefined, good.key, `Cannot read ${PEM}: there is no such file$`],
    ["a missing key", good.cert, undefined, `Cannot read ${PEM}: there is no such file$`],
  ];

for (const [what, cert, key, words] of UNUSABLE) {
  Deno.test(`readCertificate() refuses ${what}, naming the file`, async () => {
    await using folder = await temporaryFolder();
    const files = { cert: `${folder.path}/a.crt`, key: `${folder.path}/a.key` };
    if (cert !== undefined) await Deno.writeTextFile(files.cert, cert);
    if (key !== undefined) await Deno.writeTextFile(files.key, key);
    assertMatch(await refusal(readCertificate(files, new Date())), new RegExp(`^${words}`));
  });
}

function pair(from: number, to: number): [cert: string, key: string] {
  const { cert, key } = authority.issue(["localhost"], { from, to });
  return [cert, key];
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => call, ChatError);
  assertEquals(error.code, "invalid");
  return error.message;
}

Deno.test("loadOrMakeCertificate() leaves no key without its certificate if the certificate cannot be written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = { key: `${folder}/a.key`, cert: `${folder}/none/a.crt` };
    const { message } = await assertRejects(
      () => loadOrMakeCertificate(files, ["localhost"], new Date()),
      ChatError,
    );
    assertEquals(message.startsWith(`Cannot write "${files.cert}": `), true, message);
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
