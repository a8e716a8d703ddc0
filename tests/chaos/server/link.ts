import type { Answer } from "../../support/wire/proxy.ts";
import { tcpAddress } from "../../support/wire/tcp_address.ts";

/** A direction: from the clients or from the server. */
export type Direction = "from clients" | "from server";

/** How a link treats what passes. */
export interface LinkWeather {
  /** The delay of each piece, in milliseconds. Default 0. */
  readonly delayMs?: number;
  /** The most bytes a second in each direction. Default: no limit. */
  readonly bytesPerSecond?: number;
  /** The direction in which everything is swallowed: the other side never learns of it. */
  readonly swallows?: Direction | "both" | undefined;
  /** Whether nothing is read from the server, as by a client that does not read. */
  readonly isHeld?: boolean;
}

/** The bytes that are read at once; fewer when throttled. */
const PIECE_BYTES = 64 * 1_024;
/** The pieces a second of a throttled link. */
const PIECES_PER_SECOND = 20;

/**
 * A network between clients and a server on this machine: it can be slow, lose one direction, be
 * cut, and answer in place of the server.
 */
export class Link implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: Deno.ConnectOptions;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #running = new Set<Promise<unknown>>();
  #weather: LinkWeather = {};
  #changed = Promise.withResolvers<void>();
  #answer: Answer | undefined;
  #met = Promise.withResolvers<void>();
  #isClosed = false;

  /** Forwards to `target`, a `HOST:PORT`. */
  constructor(target: string) {
    this.#target = tcpAddress(target);
    this.#run(this.#accept());
  }

  /** The address for the clients. */
  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Changes the weather; resolves once a piece, or a new connection, has met it. */
  change(weather: LinkWeather): Promise<void> {
    this.#weather = weather;
    return this.#expect();
  }

  /** Answers new connections in place of the server; resolves once one was answered. */
  answerBy(answer: Answer | undefined): Promise<void> {
    this.#answer = answer;
    return this.#expect();
  }

  #expect(): Promise<void> {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    this.#met = Promise.withResolvers();
    return this.#met.promise;
  }

  /** Cuts all connections. New ones are forwarded as before. */
  cut(): void {
    for (const connection of this.#open) close(connection);
    this.#open.clear();
  }

  #run(work: Promise<unknown>): void {
    const running = work.catch(ignoreGone).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) this.#run(this.#forward(client));
  }

  async #forward(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    if (this.#answer) {
      const answered = this.#answer(client).catch(ignoreGone).finally(() => close(client));
      this.#met.resolve();
      return await answered;
    }
    if (this.#weather.swallows) this.#met.resolve();
    const server = await Deno.connect(this.#target).catch(() => undefined);
    if (!server || this.#isClosed) {
      close(client);
      if (server) close(server);
      return;
    }
    this.#open.add(server);
    const ends = await Promise.all([
      this.#copy(client, server, "from clients"),
      this.#copy(server, client, "from server"),
    ]);
    if (ends.includes("silent")) return; // Open until the link is cut.
    this.#open.delete(client);
    this.#open.delete(server);
  }

  /** Passes on what comes from one side. Returns whether the other side learns of the end. */
  async #copy(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    direction: Direction,
  ): Promise<"closed" | "silent"> {
    // What was swallowed once leaves a hole, which no later piece may follow.
    let isDead = false;
    try {
      while (true) {
        while (direction === "from server" && this.#weather.isHeld) {
          this.#met.resolve();
          await this.#changed.promise;
        }
        const { bytesPerSecond = Infinity } = this.#weather;
        const size = Math.min(PIECE_BYTES, Math.ceil(bytesPerSecond / PIECES_PER_SECOND));
        const buffer = new Uint8Array(size);
        const length = await from.read(buffer);
        if (length === null) break;
        const { swallows } = this.#weather;
        isDead ||= swallows === "both" || swallows === direction;
        if (isDead) {
          this.#met.resolve();
          continue;
        }
        await this.#pass(length);
        for (let sent = 0; sent < length;) sent += await to.write(buffer.subarray(sent, length));
      }
    } catch (error) {
      ignoreGone(error);
    }
    if (isDead) return "silent";
    close(from);
    close(to);
    return "closed";
  }

  /** Waits for as long as a slow network needs for a piece. */
  async #pass(length: number): Promise<void> {
    const { delayMs = 0, bytesPerSecond = Infinity } = this.#weather;
    const ms = delayMs + length / bytesPerSecond * 1_000;
    if (ms === 0) return;
    this.#met.resolve();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const passed = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    await Promise.race([passed, this.#changed.promise]);
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#listener.close();
    this.#weather = {};
    void this.#expect();
    this.cut();
    while (this.#running.size > 0) {
      await Promise.all(this.#running);
      this.cut();
    }
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    ignoreGone(error);
  }
}

function ignoreGone(error: unknown): void {
  const isGone = error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.NotConnected;
  if (!isGone) throw error;
}
