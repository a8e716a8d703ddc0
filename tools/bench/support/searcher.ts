import type { Client, ClientDuplexStream } from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";
import { chatServer, type ClientFrameInit, type ServerFrame } from "../../../proto/mod.ts";
import { connect } from "./peer.ts";

/** How long a search took, in milliseconds, and what it found. */
export interface SearchTimes {
  /** Until the first note; NaN if none was found. */
  readonly firstMs: number;
  /** Until the end. */
  readonly lastMs: number;
  readonly found: number;
}

/** A session that searches the lobby and asks for the list of rooms, on its own connection. */
export class Searcher implements Disposable {
  readonly #client: Client;
  readonly #call: ClientDuplexStream<ClientFrameInit, ServerFrame>;
  #onFrame: (frame: ServerFrame) => void = () => {};

  private constructor(address: string) {
    this.#client = connect(address);
    const { path, requestSerialize, responseDeserialize } = chatServer.Session;
    this.#call = this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      (bytes: Buffer) => responseDeserialize(bytes),
    );
    this.#call.on("data", (frame: ServerFrame) => this.#onFrame(frame));
    this.#call.on("error", () => {}); // It is closed.
  }

  /** Joins, unlisted. */
  static async join(address: string): Promise<Searcher> {
    const searcher = new Searcher(address);
    await searcher.#ask(
      { join: { name: "", client: crypto.randomUUID(), unlisted: true, last: 0 } },
      ({ welcome }) => welcome !== null,
    );
    return searcher;
  }

  /** Searches for the newest 50 notes with a word. */
  async search(word: string): Promise<SearchTimes> {
    const start = performance.now();
    let firstMs = NaN;
    let found = 0;
    await this.#ask({ searches: [{ words: [word], limit: 50 }] }, (frame) => {
      for (const { notes, last, code, reason } of frame.found) {
        if (code !== 0) throw new Error(`a search was refused: ${reason}`);
        if (notes.length > 0 && found === 0) firstMs = performance.now() - start;
        found += notes.length;
        if (last) return true;
      }
      return false;
    });
    return { firstMs, lastMs: performance.now() - start, found };
  }

  /** Asks for the list of rooms, and returns the time to its answer, in milliseconds. */
  async ping(): Promise<number> {
    const start = performance.now();
    await this.#ask({ list_rooms: true }, ({ rooms }) => rooms !== null);
    return performance.now() - start;
  }

  #ask(request: ClientFrameInit, isAnswer: (frame: ServerFrame) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onFrame = (frame) => {
        try {
          if (isAnswer(frame)) resolve();
        } catch (error) {
          reject(error);
        }
      };
      this.#call.write(request);
    });
  }

  [Symbol.dispose](): void {
    this.#call.cancel();
    this.#client.close();
  }
}
