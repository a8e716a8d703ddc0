/**
 * A real terminal for the tests: keys go in, a screen comes out. It is tmux, with a
 * server of its own for each terminal.
 *
 * @module
 */

/** True if tmux can be run here. */
export async function hasTmux(): Promise<boolean> {
  try {
    return (await new Deno.Command("tmux", { args: ["-V"], stdout: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** How large a terminal is. */
export interface TerminalSize {
  /** Characters in a row. */
  columns: number;
  /** Rows. */
  rows: number;
}

/** A terminal with a shell in it, gone when it is disposed. */
export class Terminal implements AsyncDisposable {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** Opens a terminal and runs `script` in it with `sh`. */
  static async start(script: string, { columns, rows }: TerminalSize): Promise<Terminal> {
    const terminal = new Terminal(`chat-test-${crypto.randomUUID()}`);
    const size = ["-x", `${columns}`, "-y", `${rows}`];
    await terminal.#tmux("new-session", "-d", ...size, "sh", "-c", `${script}\nexec sleep 600`);
    return terminal;
  }

  async #tmux(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-u", "-f", "/dev/null", "-L", this.#socket, ...args],
    }).output();
    if (!success) throw new Error(`tmux ${args[0]}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }

  /** Types a text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", "--", text);
  }

  /** Presses keys by their tmux names: `Enter`, `C-d`, `Left`. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux("send-keys", "--", ...keys);
  }

  /** Sends a signal to the program in the terminal whose command line holds `words`. */
  async signal(name: string, words: string): Promise<void> {
    const pane = (await this.#tmux("display-message", "-p", "#{pane_pid}")).trim();
    const kill = new Deno.Command("pkill", { args: [`-${name}`, "-P", pane, "-f", "--", words] });
    if (!(await kill.output()).success) throw new Error(`no child of ${pane} runs ${words}`);
  }

  /** What is on the screen, without the spaces and empty lines at the ends. */
  async screen(): Promise<string> {
    return (await this.#tmux("capture-pane", "-p")).trimEnd();
  }

  /** Looks at the screen until it matches; returns the match. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const match = pattern.exec(await this.screen());
      if (match) return match;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }
}

/** Quotes words for `sh`. */
export function quote(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
