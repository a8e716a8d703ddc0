/**
 * Floods a Unix socket, plain or with TLS, until it is disconnected: `flood_unix.ts PATH [--tls]`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createConnection, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { concat, frame, PREFACE, repeat, TYPE } from "./raw_http2.ts";

if (import.meta.main) {
  const [path = "", tls] = Deno.args;
  const bare = createConnection({ path });
  const socket: Socket = tls
    ? connectTls({ socket: bare, rejectUnauthorized: false, ALPNProtocols: ["h2"] })
    : bare;
  const ping = frame({ type: TYPE.ping }, new Uint8Array(8));
  socket.on("error", () => {});
  socket.on("close", () => Deno.exit());
  socket.resume();
  socket.once(tls ? "secureConnect" : "connect", () => {
    socket.write(Buffer.from(concat(PREFACE, frame({ type: TYPE.settings }), repeat(ping, 8_000))));
  });
}
