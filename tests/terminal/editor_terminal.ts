/**
 * The line editor in a real terminal, for the tests.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { measureEnd } from "../../text/width.ts";
import type { EditorCommand, EditorEvent } from "../support/editor_program.ts";
import { DENO_RUN } from "../support/program.ts";
import { lookUntil, quote, Terminal, type TerminalSize } from "../support/terminal.ts";

/** `editor_program.ts` in a terminal, and the connection to it. */
export class EditorTerminal implements AsyncDisposable {
  readonly terminal: Terminal;
  readonly #server: Server;
  readonly #socket: Socket;
  readonly #heard: AsyncIterator<string>;

  private constructor(terminal: Terminal, server: Server, socket: Socket) {
    this.terminal = terminal;
    this.#server = server;
    this.#socket = socket;
    socket.on("error", () => {}); // It may close by itself before a command arrives.
    this.#heard = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  /** Starts one; `script` wraps its command line in a shell script. */
  static async start(
    size: Partial<TerminalSize> = {},
    script = (editor: string) => editor,
  ): Promise<EditorTerminal> {
    const server = createServer();
    const connected = new Promise<Socket>((resolve) => void server.once("connection", resolve));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo; // It listens on a port.
    const program = fileURLToPath(new URL("../support/editor_program.ts", import.meta.url));
    const allowed = ["--allow-net=127.0.0.1", "--allow-run=kill", "--allow-env=TERM"];
    const editor = quote([...DENO_RUN, "--no-prompt", ...allowed, program, `${port}`]);
    const terminal = await Terminal.start(script(editor), { columns: 40, rows: 12, ...size });
    const started = new EditorTerminal(terminal, server, await connected);
    await started.hear(); // It is ready.
    return started;
  }

  /** Sends it a command, and returns the next event. */
  async request(command: EditorCommand): Promise<EditorEvent> {
    this.#socket.write(`${JSON.stringify(command)}\n`);
    return await this.hear();
  }

  /** Has it print lines. */
  async print(...lines: string[]): Promise<void> {
    await this.request({ do: "print", lines });
  }

  /** Returns its next event. */
  async hear(): Promise<EditorEvent> {
    const { value, done } = await this.#heard.next();
    if (done) throw new Error("the editor is gone");
    return JSON.parse(value);
  }

  /** Waits until everything that it has read since the command `listen` matches. */
  async reads(pattern: RegExp): Promise<void> {
    for (let read = ""; !pattern.test(read);) {
      const heard = await this.hear();
      if (heard.heard === "bytes") read += heard.text;
    }
  }

  /** Changes the size of the terminal, and waits until the editor knows it. */
  async resize(size: TerminalSize): Promise<void> {
    await this.terminal.resize(size);
    for (
      let heard = await this.hear();
      heard.heard !== "resize" || heard.columns !== size.columns;
    ) {
      heard = await this.hear();
    }
  }

  /** Types a text, and keys by their tmux names. */
  async type(text: string, ...keys: string[]): Promise<void> {
    if (text !== "") await this.terminal.type(text);
    if (keys.length > 0) await this.terminal.press(...keys);
  }

  /** Asserts that the screen comes to show these rows, and the cursor at `|` in one of them. */
  async shows(...rows: string[]): Promise<void> {
    const row = rows.findIndex((text) => text.includes("|"));
    const [before = ""] = rows[row]?.split("|") ?? [];
    const expected = {
      rows: rows.map((text) => text.replace("|", "").trimEnd()),
      ...row >= 0 && { cursor: { column: measureEnd(before, Infinity).column, row } },
    };
    while (expected.rows.at(-1) === "") expected.rows.pop();
    const look = async () => ({
      rows: (await this.terminal.screen()).split("\n"),
      ...row >= 0 && { cursor: await this.terminal.cursor() },
    });
    await lookUntil(look, (actual) => assertEquals(actual, expected));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.terminal[Symbol.asyncDispose]();
    await new Promise((resolve) => void this.#server.close(resolve));
  }
}
