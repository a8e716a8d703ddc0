/**
 * Somebody with grpc-js and nothing of ours between, who watches the health of a server and is
 * in a room of it, and writes down what comes.
 *
 * @module
 */

import { Client, credentials } from "@grpc/grpc-js";
import { assertEquals } from "@std/assert";
import { health, SERVING_STATUS } from "../../proto/health.ts";
import { chatServer, type ClientFrameInit } from "../../proto/mod.ts";

/** Watches a server until its calls have ended, on one connection: what comes by it keeps its order. */
export class HealthWatcher implements Disposable {
  /** What has come, in order. */
  readonly heard: string[] = [];
  readonly #client: Client;
  #wake: () => void = () => {};

  private constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  /** Comes to `address`, and resolves when both calls are answered: what is heard begins there. */
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
      // A listener, for whoever iterates hears later than others who listen.
      .on("data", ({ status }) => {
        this.#hear(status === SERVING_STATUS.SERVING ? "SERVING" : "NOT_SERVING");
      })
      .on("status", ({ details }) => this.#hear(`end of watch: ${details}`))
      .on("error", () => {}); // The status says the same.
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

  /** Waits until it has heard so much. */
  async until(count: number): Promise<void> {
    while (this.heard.length < count) await new Promise<void>((wake) => this.#wake = wake);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
