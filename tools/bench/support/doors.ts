/**
 * The ways into a server, each as a client with one connection that posts notes.
 *
 * @module
 */

import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { json } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
// Deno's own client takes about 40 ms for each post of 1 KB or more, whatever the server does.
import { WebSocket } from "ws";
import { chatServer, type ServerFrame } from "../../../proto/mod.ts";
import { connect } from "./peer.ts";

/** A client of one door, on one connection. */
export interface DoorClient extends Disposable {
  /** Posts a message, and resolves once it is accepted. */
  post(message: string): Promise<void>;
}

const NAME = "author";

/** Checking the certificate would not change the cost per note. */
const UNCHECKED = { rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] };

/** `SendNote`. */
export function openSendNote(address: string): DoorClient {
  const client = connect(address);
  const { path, requestSerialize, responseDeserialize } = chatServer.SendNote;
  return {
    post(message) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const note = { name: NAME, message };
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, note, (error) => {
        if (error) reject(error);
        else resolve();
      });
      return promise;
    },
    [Symbol.dispose]: () => client.close(),
  };
}

/** A session over gRPC, which also receives its notes, as sessions do. */
export async function openSession(address: string): Promise<DoorClient> {
  const client = connect(address);
  const { path, requestSerialize, responseDeserialize } = chatServer.Session;
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const posts = new PendingPosts();
  call.on("data", ({ welcome, acks, refusals, goodbye }: ServerFrame) => {
    if (welcome) posts.welcome();
    for (const { id } of acks) posts.accept(id);
    if (refusals.length > 0 || goodbye) posts.fail(refusals[0] ?? goodbye);
  });
  call.on("error", (error) => posts.fail(error));
  call.write({ join: { name: "grpc author", client: crypto.randomUUID(), last: 0 } });
  await posts.welcomed;
  return {
    post: (message) => posts.add((id) => call.write({ posts: [{ id, message }] })),
    [Symbol.dispose]: () => client.close(),
  };
}

/** A session over a WebSocket, in JSON. Undefined if the server has none. */
export async function openWebSocket(address: string): Promise<DoorClient | undefined> {
  const socket = new WebSocket(`ws://${address}/session`);
  const opened = Promise.withResolvers<boolean>();
  const posts = new PendingPosts();
  socket.onopen = () => opened.resolve(true);
  socket.onerror = () => opened.resolve(false);
  socket.onclose = ({ reason }: { reason: string }) => posts.fail(reason);
  socket.onmessage = ({ data }: { data: string }) => {
    const { welcome, acks = [], refusals, goodbye } = JSON.parse(data);
    if (welcome) posts.welcome();
    for (const { id } of acks) posts.accept(id);
    if (refusals || goodbye) posts.fail(data);
  };
  if (!await opened.promise) return undefined;
  const send = (frame: unknown) => socket.send(JSON.stringify(frame));
  send({ join: { name: "web author", client: crypto.randomUUID(), last: 0 } });
  await posts.welcomed;
  return {
    post: (message) => posts.add((id) => send({ posts: [{ id, message }] })),
    [Symbol.dispose]: () => socket.close(),
  };
}

/** `POST` over HTTP/1.1, in plaintext or over TLS, on a connection that is kept. */
export function openHttp(address: string, tls = false): DoorClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  // The agent of node:https would read the system's certificates, which needs a permission.
  const { hostname: host, port } = new URL(`https://${address}`);
  if (tls) agent.createConnection = () => connectTls({ host, port: Number(port), ...UNCHECKED });
  return {
    async post(message) {
      const body = JSON.stringify({ name: NAME, message });
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const request = httpRequest(`http://${address}/rooms/lobby/notes`, {
          method: "POST",
          agent,
          headers: { "content-type": "application/json", "content-length": body.length },
        }, resolve);
        request.on("error", reject);
        request.end(body);
      });
      const result = await json(answer);
      if (answer.statusCode !== 200) throw new Error(JSON.stringify(result));
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** The posts of a session that are not answered yet. */
class PendingPosts {
  readonly #welcomed = Promise.withResolvers<void>();
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  #next = 1;
  #failure: { readonly reason: unknown } | undefined;

  constructor() {
    this.#welcomed.promise.catch(() => {}); // Reported to those who await it, if there are any.
  }

  /** Resolves when the session is. */
  get welcomed(): Promise<void> {
    return this.#welcomed.promise;
  }

  welcome(): void {
    this.#welcomed.resolve();
  }

  /** Sends a post under a new id, and resolves once it is accepted. */
  add(send: (id: string) => void): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.reason);
    const id = String(this.#next++);
    const waiting = Promise.withResolvers<void>();
    this.#waiting.set(id, waiting);
    send(id);
    return waiting.promise;
  }

  accept(id: string): void {
    this.#waiting.get(id)!.resolve();
    this.#waiting.delete(id);
  }

  /** Rejects all posts from now on. */
  fail(reason: unknown): void {
    this.#failure = { reason };
    this.#welcomed.reject(reason);
    for (const { reject } of this.#waiting.values()) reject(reason);
  }
}
