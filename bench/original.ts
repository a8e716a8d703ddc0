import { Client, type ClientReadableStream, credentials } from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";
import { chatServer } from "../proto/mod.ts";
import type { Figure } from "./figure.ts";
import { findPython, type MeasuredServer, startOurs, startPython } from "./server.ts";

/** A note of 64 bytes that begins with its number. */
const message = (i: number) => `${i}`.padStart(8, "0").padEnd(64, ".");

/** A connection that carries bytes as they are: what is measured is the server. */
class Peer implements Disposable {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_channelz": 0,
    });
  }

  send(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const { path, requestSerialize } = chatServer.SendNote;
      const note = { name: "bench", message: text };
      const done = (error: unknown) => error ? reject(error) : resolve();
      this.#client.makeUnaryRequest(path, requestSerialize, (bytes) => bytes, note, done);
    });
  }

  stream(): ClientReadableStream<Buffer> {
    const { path, requestSerialize } = chatServer.ChatStream;
    return this.#client.makeServerStreamRequest(path, requestSerialize, (bytes) => bytes, {});
  }

  /** Reads `count` notes, checking that they come in order and whole. */
  read(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = this.stream();
      let next = 0;
      call.on("data", (bytes: Buffer) => {
        const text = bytes.toString("latin1", bytes.length - 64);
        if (text !== message(next)) reject(new Error(`got "${text}" for note ${next}`));
        if (++next === count) {
          call.cancel();
          resolve();
        }
      });
      call.on("error", (error) => next === count || reject(error));
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** Posts `count` notes one after the other: the Python peer's threads keep no order otherwise. */
async function post(peer: Peer, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await peer.send(message(i));
}

/** Deliveries a second from `ChatStream` to `readers` readers, each note to each of them. */
async function fanOut(server: MeasuredServer, readers: number, notes: number): Promise<number> {
  using author = new Peer(server.address);
  await post(author, notes);
  const peers = Array.from({ length: readers }, () => new Peer(server.address));
  const start = performance.now();
  await Promise.all(peers.map((peer) => peer.read(notes)));
  const seconds = (performance.now() - start) / 1_000;
  for (const peer of peers) peer[Symbol.dispose]();
  return readers * notes / seconds;
}

/** The share of a core that a server uses while `readers` readers are connected and nobody speaks. */
async function idle(server: MeasuredServer, readers: number): Promise<number> {
  const peers = Array.from({ length: readers }, () => new Peer(server.address));
  using author = new Peer(server.address);
  const streams = peers.map((peer) => peer.stream());
  const connected = streams.map((call) => new Promise((resolve) => call.once("data", resolve)));
  for (const call of streams) call.on("error", () => {}); // They end with the server.
  await author.send("hello");
  await Promise.all(connected);
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // Let it come to rest.
  const before = await server.cpuSeconds();
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const share = (await server.cpuSeconds() - before) / ((performance.now() - start) / 1_000);
  for (const peer of peers) peer[Symbol.dispose]();
  return share;
}

/** The original contract, on this server and on one in the shape of the Python original. */
export async function measureOriginal(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const unit = { deliveries: "deliveries/s", idle: "% of a core" };
  {
    await using server = await startOurs();
    figures.push({
      name: "ChatStream, 100 readers",
      value: await fanOut(server, 100, 2_000),
      unit: unit.deliveries,
    });
  }
  {
    await using server = await startOurs();
    figures.push({
      name: "idle, 1,000 readers",
      value: await idle(server, 1_000) * 100,
      unit: unit.idle,
    });
  }
  const python = await findPython();
  if (!python) return figures;
  {
    await using server = await startPython(python);
    figures.push({
      name: "Python peer: ChatStream, 8 readers",
      value: await fanOut(server, 8, 2_000),
      unit: unit.deliveries,
    });
  }
  {
    await using server = await startPython(python);
    figures.push({
      name: "Python peer: idle, 1 reader",
      value: await idle(server, 1) * 100,
      unit: unit.idle,
    });
  }
  return figures;
}
