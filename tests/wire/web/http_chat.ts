import { serve, type ServeOptions } from "../../../mod.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";
import { HttpConnection } from "../../support/wire/http.ts";

/** Serves, with a connection to the server. */
export async function openChat(options: ServeOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await serve({ address: "127.0.0.1:0", ...options }));
  const http = stack.use(await HttpConnection.open(server.address));
  const all = stack.move();
  return { server, http, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The notes of the lobby. */
export async function readLobby({ server }: Awaited<ReturnType<typeof openChat>>) {
  using peer = new Peer(server.address);
  const session = await peer.join({ name: "", unlisted: true });
  session.end();
  await session.ended;
  return session.seen.notes;
}
