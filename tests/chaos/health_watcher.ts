/**
 * A plain grpc-js client, without this project's code, that watches the health of a server, joins a
 * room of it, and records the events.
 *
 * @module
 */

import { Client, credentials } from "@grpc/grpc-js";
import { assertEquals } from "@std/assert";
import { health, SERVING_STATUS } from "../../proto/health.ts";
import { chatServer, type ClientFrameInit } from "../../proto/mod.ts";

/**
 * Watches a server until its calls have ended, on one connection, which keeps the order of events.
 */
export class HealthWatcher implements Disposable {
  /** The events, in order. */
  readonly heard: string[] = [];
  readonly #client: Client;
  #wake: () => void = () => {};

  private constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  /** Connects to `address`, and resolves when both calls are answered: recording starts then. */
  static async connect(address: string): Promise<HealthWatcher> {
    const watcher = new HealthWatcher(address);
    watcher.#watch();
    watcher.#join();
    await watcher.until(2);
    assertEquals(watcher.heard.splice(0).sort(), ["SERVING", "welcome"]);
    return watcher;
  }

  #watch(): void {
    const { path, requestSerialize, responseDeserialize } = health.Watch;
    const request = { service: "" };
    this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request)
      // A listener, because an iterator receives events later than other listeners.
      .on("data", ({ status }) => {
        this.#hear(status === SERVING_STATUS.SERVING ? "SERVING" : "NOT_SERVING");
      })
      .on("status", ({ details }) => this.#hear(`end of watch: ${details}`))
      .on("error", () => {}); // The status reports the same.
  }

  #join(): void {
    const { path, requestSerialize, responseDeserialize } = chatServer.Session;
    const session = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize)
      .on("data", ({ welcome, goodbye }) => {
        if (welcome) this.#hear("welcome");
        if (goodbye) this.#hear("goodbye");
      })
      .on("status", ({ details }) => this.#hear(`end of session: ${details}`))
      .on("error", () => {});
    const join = { name: "", room: "", client: crypto.randomUUID(), unlisted: true, last: 0 };
    session.write({ join } satisfies ClientFrameInit);
  }

  #hear(what: string): void {
    this.heard.push(what);
    this.#wake();
  }

  /** Waits until it has recorded this many events. */
  async until(count: number): Promise<void> {
    while (this.heard.length < count) await new Promise<void>((wake) => this.#wake = wake);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
