import type { Socket } from "node:net";
import type { CallContext } from "../calls/context.ts";
import type { Connection } from "../net/connection.ts";
import type { WebDoor } from "../web/door.ts";
import type { OwnHostOptions } from "../web/own_host.ts";

/** A web door that is loaded for its first connection: a server for gRPC only starts without it. */
export class LateWebDoor {
  readonly #options: OwnHostOptions;
  readonly #context: CallContext;
  #loading: Promise<void> | undefined;
  #door: WebDoor | undefined;
  #isDraining = false;

  constructor(options: OwnHostOptions, context: CallContext) {
    this.#options = options;
    this.#context = context;
  }

  /** Serves a connection, whose socket is paused. */
  async accept(socket: Socket, connection: Connection): Promise<void> {
    await (this.#loading ??= this.#load());
    if (this.#isDraining) socket.destroy();
    else this.#door!.accept(socket, connection);
  }

  async #load(): Promise<void> {
    const { WebDoor } = await import("../web/door.ts");
    this.#door = new WebDoor(this.#options, this.#context);
  }

  /** Closes the connections without a request. The others close after their answers. */
  drain(): void {
    this.#isDraining = true;
    this.#door?.drain();
  }

  /** Ends what is left. */
  close(): void {
    this.#door?.close();
  }
}
