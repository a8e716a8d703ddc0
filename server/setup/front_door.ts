import type { Socket } from "node:net";
import { ChatError } from "../../room/errors.ts";
import type { CallContext } from "../calls/context.ts";
import { Health } from "../calls/health.ts";
import { OpenCalls } from "../calls/open_calls.ts";
import { Connections } from "../net/connections.ts";
import { Listener } from "../net/listener.ts";
import { agreedProtocol, detectProtocol, type Protocol } from "../net/protocol.ts";
import { createGrpc } from "../rpc/grpc.ts";
import type { ChatServices } from "../session/services.ts";
import type { ServerTls } from "../tls/choose.ts";
import type { WebOptions } from "../web/door.ts";
import { LateWebDoor } from "./late_web_door.ts";

/**
 * The time before the limit on open files is found out, in milliseconds after the start, which it
 * would delay.
 */
const FIT_DELAY_MS = 1_000;

/** The address to serve a chat on, and the services that it needs. */
export interface FrontDoorOptions {
  readonly listen: {
    /** `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. */
    readonly address: string;
    /** The permissions of a Unix socket, as for chmod. Default: only its owner may connect. */
    readonly socketMode?: number | undefined;
    /** The certificate to encrypt with. Default: plaintext. */
    readonly tls?: ServerTls | undefined;
  };
  /** The options of the web; undefined for gRPC only. */
  readonly web: WebOptions | undefined;
  readonly services: ChatServices;
  /** Called with the number of connections whenever it changes. */
  readonly onCount: (connections: number) => void;
}

/** A listening server. */
export interface FrontDoor {
  /** The address it listens on, with the port that was picked. */
  readonly address: string;
  /** Whether it accepts connections, can store notes, and is not stopping. */
  readonly isServing: boolean;
  /** Sets whether notes can be stored: a server that cannot is not healthy. */
  setCanStore(canStore: boolean): void;
  /**
   * Stops: informs the peers that watch its health, accepts no more connections, ends the open calls
   * with a request to try again, and cuts connections that are still open after `graceMs`.
   */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts to serve the chat: over gRPC, and to browsers and other programs over HTTP/1.1 on the same
 * port.
 *
 * @throws {ChatError} `unavailable`, if the address cannot be listened on.
 */
export async function openFrontDoor(
  { listen: { address, socketMode, tls }, web, services, onCount }: FrontDoorOptions,
): Promise<FrontDoor> {
  const { bounds, report } = services;
  const connections = new Connections({ bounds, report, onCount, now: () => performance.now() });
  const [calls, health] = [new OpenCalls(), new Health(services.availability)];
  const context: CallContext = { services, calls, connections, health };
  const grpc = createGrpc(context);
  const door = web && new LateWebDoor({ ...web, isEncrypted: tls !== undefined }, context);
  const serve = (plain: Socket, bare: Socket, protocol: Protocol) => {
    const connection = connections.watch(plain, bare, protocol);
    if (!connection) plain.destroy();
    else if (protocol === "http2") grpc.accept(plain);
    else if (door) void door.accept(plain, connection);
    else connection.refuseProtocol("it does not speak HTTP/2");
  };
  // The listener encrypts, so that it can also cut connections that never get that far.
  const listener = await Listener.open({
    ...{ address, socketMode, report },
    tls: tls && {
      ...tls,
      handshakeTimeoutMs: bounds.joinTimeoutMs,
      // The first one that the client offers, too: browsers and curl offer both, gRPC only "h2".
      protocols: door ? ["http/1.1", "h2"] : ["h2"],
    },
    admit: (socket, maybeOwn) => connections.admit(socket, maybeOwn),
    accept: (plain, bare) => {
      // Without a look at its bytes if possible: over TLS, Deno reads megabytes of them at once then.
      const agreed = agreedProtocol(plain);
      if (agreed) serve(plain, bare, agreed);
      else detectProtocol(plain, (protocol) => serve(plain, bare, protocol));
    },
    onChange: (accepts) => {
      health.accepts = accepts;
      if (accepts) connections.fit(); // The outage may have been a lack of open files.
    },
  });
  const fitting = setTimeout(() => connections.fit(), FIT_DELAY_MS);
  return {
    address: listener.address,
    get isServing() {
      return health.isServing;
    },
    setCanStore: (canStore) => health.canStore = canStore,
    async stop(graceMs) {
      clearTimeout(fitting);
      await health.drain();
      const closed = listener.close();
      calls.end(new ChatError("unavailable", "The server is stopping"));
      grpc.drain();
      door?.drain();
      const forceTimer = setTimeout(() => listener.cut(), graceMs);
      await closed;
      clearTimeout(forceTimer);
      grpc.close();
      door?.close();
    },
  };
}
