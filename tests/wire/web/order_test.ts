import { assertEquals, assertStringIncludes } from "@std/assert";
import { serve, type ServerEvent } from "../../../mod.ts";
import { RawHttp } from "../../support/wire/raw_http1.ts";

const NOTES = "/rooms/lobby/notes";
const HOST = "Host: localhost\r\n";

Deno.test("requests that arrive together are served one after the other", async () => {
  const events: ServerEvent[] = [];
  const onEvent = (event: ServerEvent) => void events.push(event);
  await using server = await serve({ address: "127.0.0.1:0", onEvent });
  await using eager = await RawHttp.open(server.address);
  const [first, refused] = [NOTES, "/rooms/%00/notes"].map((path) =>
    `GET ${path} HTTP/1.1\r\n${HOST}\r\n`
  );
  await eager.send(first!, refused!);
  await eager.until(({ text }) => text.includes("\r\n\r\n"));
  await using ann = await RawHttp.open(server.address);
  await ann.send(`POST ${NOTES}?name=ann HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhi`);
  await eager.until(({ text }) => text.includes('"hi"'));
  assertEquals(eager.statuses, [200]);
  assertEquals(events.filter(({ type }) => type === "refused"), []);
});

Deno.test("a body that arrives before the last answer cuts the connection", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using eager = await RawHttp.open(server.address);
  const post = `POST ${NOTES}?name=ann HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhi`;
  await eager.send(`GET ${NOTES} HTTP/1.1\r\n${HOST}\r\n${post}`);
  await eager.until(() => false);
  assertEquals(eager.closed, true);
});

for (const path of ["/healthz", "/nothing", "/rooms"]) {
  Deno.test(`no page may contain ${path}, and it may load nothing`, async () => {
    await using server = await serve({ address: "127.0.0.1:0" });
    await using program = await RawHttp.open(server.address);
    await program.send(`GET ${path} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    await program.until(() => false);
    assertStringIncludes(program.text, "content-security-policy: default-src 'none'; ");
    assertStringIncludes(program.text, "frame-ancestors 'none'\r\n");
    assertStringIncludes(program.text, "x-content-type-options: nosniff\r\n");
  });
}
