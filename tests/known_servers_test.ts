import { assertEquals, assertRejects } from "@std/assert";
import { parseFingerprint } from "../client/fingerprint.ts";
import { KnownServers, knownServersPath } from "../client/known_servers.ts";
import { ChatError } from "../room/errors.ts";
import { temporaryFolder } from "./authority.ts";

const A = Array(32).fill("AA").join(":");
const B = Array(32).fill("BB").join(":");

Deno.test("KnownServers knows nobody before there is a file, and then those it was given", async () => {
  await using folder = await temporaryFolder();
  const known = new KnownServers(`${folder.path}/chat/known_servers`);
  assertEquals(await known.find("chat.example:1"), undefined);
  const first = await known.add("chat.example:1", A);
  const second = await known.add("[2001:db8::1]:1", B);
  assertEquals(await known.find("chat.example:1"), first);
  assertEquals(await known.find("[2001:db8::1]:1"), second);
  assertEquals(await known.find("chat.example:2"), undefined);
  if (Deno.build.os !== "windows") {
    assertEquals((await Deno.stat(known.path)).mode! & 0o777, 0o600);
    assertEquals((await Deno.stat(`${folder.path}/chat`)).mode! & 0o777, 0o700);
  }
});

Deno.test("KnownServers.find() tells the line, whatever stands before it", async () => {
  await using folder = await temporaryFolder();
  const known = new KnownServers(`${folder.path}/known_servers`);
  const text =
    `# mine\n\n  unix:/tmp/my chat.sock   sha256:${B.toLowerCase()}  \nOther:1 SHA256:${A}`;
  await Deno.writeTextFile(known.path, text);
  assertEquals(await known.find("unix:/tmp/my chat.sock"), {
    fingerprint: B,
    place: `${known.path}:3`,
  });
  assertEquals((await known.find("other:1"))?.place, `${known.path}:4`);
  const added = await known.add("new:1", A);
  assertEquals(await Deno.readTextFile(known.path), `${text}\nnew:1 SHA256:${A}\n`);
  assertEquals(added, { fingerprint: A, place: `${known.path}:5` });
  assertEquals(await known.find("new:1"), added);
});

Deno.test("KnownServers.find() refuses a file with a line that it cannot read", async () => {
  await using folder = await temporaryFolder();
  const known = new KnownServers(`${folder.path}/known_servers`);
  for (const line of ["chat.example:1", `chat.example:1 ${A}`, `chat.example:1 SHA256:${A}:AA`]) {
    await Deno.writeTextFile(known.path, `# mine\n${line}\n`);
    const error = await assertRejects(() => known.find("chat.example:1"), ChatError);
    assertEquals(error.message, `Cannot read ${known.path}:2: it is not "HOST:PORT SHA256:…"`);
  }
});

Deno.test("knownServersPath() is in the configuration folder", () => {
  const path = (env: Record<string, string>) => knownServersPath((name) => env[name]);
  assertEquals(path({ HOME: "/h" }), "/h/.config/chat/known_servers");
  assertEquals(path({ HOME: "/h", XDG_CONFIG_HOME: "/c" }), "/c/chat/known_servers");
  assertEquals(path({}), undefined);
});

const FINGERPRINTS: [text: string, parsed: string | undefined][] = [
  [A, A],
  [A.toLowerCase(), A],
  [A.replaceAll(":", ""), A],
  [`SHA256:${A}`, A],
  [`sha-256=${A}`, A],
  [A.slice(3), undefined],
  [`${A}:AA`, undefined],
  [A.replace("A", "G"), undefined],
  [A.replace(":", ""), undefined],
  ["", undefined],
];

Deno.test("parseFingerprint() takes the forms in which programs print it, and nothing else", () => {
  for (const [text, parsed] of FINGERPRINTS) assertEquals(parseFingerprint(text), parsed, text);
});
