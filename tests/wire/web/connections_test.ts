import { assert, assertEquals, assertMatch } from "@std/assert";
import { connect as connectTls } from "node:tls";
import { type ChatServer, serve, type ServerEvent } from "../../../mod.ts";
import { parseTcpAddress } from "../../../text/address.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";
import { HttpConnection } from "../../support/wire/http.ts";

const LOOPBACK = "127.0.0.1:0";

for (const web of [true, false]) {
  Deno.test(`over TLS, a server ${web ? "with" : "without"} the web offers its protocols only`, async () => {
    await using server = await serve({ address: LOOPBACK, tls: true, web });
    const protocol = (offered: string[]) =>
      new Promise((resolve) => {
        const { host, port } = parseTcpAddress(server.address);
        const options = { host, port, ALPNProtocols: offered, rejectUnauthorized: false };
        const socket = connectTls(options, () => {
          resolve(socket.alpnProtocol);
          socket.destroy();
        });
        socket.on("error", () => resolve("refused"));
      });
    assertEquals(await protocol(["h2"]), "h2");
    assertEquals(await protocol(["h2", "http/1.1"]), web ? "http/1.1" : "h2");
    assertEquals(await protocol(["http/1.1"]), web ? "http/1.1" : "refused");
  });
}

Deno.test("a server with web: false cuts a connection of HTTP/1.1", async () => {
  const events: ServerEvent[] = [];
  await using server = await serve({
    address: LOOPBACK,
    web: false,
    onEvent: (e) => events.push(e),
  });
  using http = await HttpConnection.open(server.address);
  await http.send("GET /rooms");
  assertEquals(await http.end(), "");
  const [refused] = events.filter(({ type }) => type === "refused");
  assertMatch(JSON.stringify(refused), /"the connection was cut: it does not speak HTTP\/2"/);
});

Deno.test("a server has the names of webHosts, with any port and in any case", async () => {
  await using server = await serve({ address: LOOPBACK, webHosts: ["Chat.example"] });
  using http = await HttpConnection.open(server.address);
  const statusFor = async (host: string) => {
    await http.write(`GET /rooms HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return (await http.answer()).status;
  };
  for (const host of ["chat.example", "CHAT.example:8080", "127.0.0.1", "[::1]:1", "localhost:1"]) {
    assertEquals(await statusFor(host), 200, host);
  }
  for (const host of ["other.example", "chat.example.evil", "x.chat.example"]) {
    assertEquals(await statusFor(host), 403, host);
  }
});

Deno.test("a reader who does not read is not sent everything, and reads on where it stopped", async () => {
  const notes = 1_000;
  const message = "x".repeat(16_000);
  await using server = await serve({ address: LOOPBACK, rate: 0, metrics: LOOPBACK });
  using peer = new Peer(server.address);
  const author = await peer.join({ name: "ann", last: 0 });
  for (let i = 0; i < notes; i++) author.post([`${i}`, message]);
  await author.until(({ acks }) => acks.size === notes);
  author.end();
  await author.ended;
  const before = await deliveries(server);
  using reader = await HttpConnection.open(server.address);
  await reader.send("GET /rooms/lobby/notes");
  await reader.head(); // And nothing more.
  let delivered = 0;
  for (let unchanged = 0; unchanged < 50; unchanged++) {
    const now = await deliveries(server) - before;
    if (now !== delivered) unchanged = 0;
    delivered = now;
  }
  assert(delivered < notes, `${delivered} notes are in the server's memory`);
  const lines = await reader.until(new RegExp(`"seq":${notes},[^\n]*\n`));
  const seqs = Array.from(lines.matchAll(/"seq":(\d+)/g), ([, seq]) => Number(seq));
  assertEquals(seqs, Array.from({ length: notes }, (_, i) => i + 1));
});

/** The number of notes that the server has sent to readers. */
async function deliveries({ metricsAddress }: ChatServer): Promise<number> {
  const page = await (await fetch(`http://${metricsAddress}/metrics`)).text();
  return Number(/^chat_deliveries_total (\d+)$/m.exec(page)![1]);
}
