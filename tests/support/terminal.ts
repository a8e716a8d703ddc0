/**
 * A real terminal for the tests, with keys as input and a screen as output. It is tmux, with a tmux
 * server for each terminal.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";

/** True if tmux can be run here. */
export async function hasTmux(): Promise<boolean> {
  try {
    return (await new Deno.Command("tmux", { args: ["-V"], stdout: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The size of a terminal. */
export interface TerminalSize {
  /** Columns. */
  columns: number;
  /** Rows. */
  rows: number;
}

/** A place on the screen, from 0 on. */
export interface TerminalPlace {
  column: number;
  row: number;
}

/** The number of looks before giving up: many times more than any test needs. */
const MAX_LOOKS = 5_000;

/** Looks again and again until `check` throws nothing about what it sees. Fails if it always does. */
export async function lookUntil<T, R>(look: () => Promise<T>, check: (seen: T) => R): Promise<R> {
  for (let looks = 1;; looks++) {
    const seen = await look();
    try {
      return check(seen);
    } catch (error) {
      if (looks === MAX_LOOKS) throw error;
    }
  }
}

/** A terminal with a shell. Killed when disposed. */
export class Terminal implements AsyncDisposable {
  readonly #socket: string;
  /**
   * A configuration folder of its own, and so a key of its own: nobody else may speak under its
   * name.
   */
  readonly #config: string;
  /**
   * A pipe that every process in the terminal has open for writing: it ends with the last of them.
   */
  readonly #alive: Deno.FsFile;
  #ended: Promise<unknown> | undefined;

  private constructor(socket: string, config: string, alive: Deno.FsFile) {
    this.#socket = socket;
    this.#config = config;
    this.#alive = alive;
  }

  /** Opens a terminal and runs `script` in it with `sh`. */
  static async start(script: string, { columns, rows }: TerminalSize): Promise<Terminal> {
    const config = await Deno.makeTempDir();
    const socket = `chat-test-${crypto.randomUUID()}`;
    const pipe = `${config}/alive`;
    await output("mkfifo", [pipe]);
    // Nor is it the terminal of a build service, where nobody gets a key.
    const env = `export CI= XDG_CONFIG_HOME=${quote([config])}`;
    const set = `exec 9>${quote([pipe])}\n${env}\n`;
    const size = ["-x", `${columns}`, "-y", `${rows}`];
    const command = ["sh", "-c", `${set}${script}\nexec 9>&-\nexec sleep 600`];
    await tmux(socket, "new-session", "-d", ...size, ...command);
    return new Terminal(socket, config, await Deno.open(pipe));
  }

  #tmux(...args: string[]): Promise<string> {
    return tmux(this.#socket, ...args);
  }

  /** Types a text literally. */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", "--", text);
  }

  /** Pastes a text: bracketed, if the program in the terminal has asked for that. */
  async paste(text: string): Promise<void> {
    await this.#send(text, "-p");
  }

  /** Sends exactly these characters, in one write. */
  async send(text: string): Promise<void> {
    await this.#send(text);
  }

  async #send(text: string, ...flags: string[]): Promise<void> {
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(file, text);
      await this.#tmux("load-buffer", file);
    } finally {
      await Deno.remove(file);
    }
    // Raw (-r): tmux would replace newlines by returns otherwise.
    await this.#tmux("paste-buffer", "-r", ...flags);
  }

  /**
   * Changes the size, and waits until the program in the terminal can know it: tmux delays the
   * change.
   */
  async resize({ columns, rows }: TerminalSize): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
    const size = () => this.#stty("size");
    await lookUntil(size, (size) => assertEquals(size, `${rows} ${columns}`));
  }

  /** Waits until the terminal's settings, as `stty -a` prints them, match. */
  async waitForMode(pattern: RegExp): Promise<void> {
    await lookUntil(() => this.#stty("-a"), (settings) => assertMatch(settings, pattern));
  }

  async #stty(...args: string[]): Promise<string> {
    const tty = (await this.#tmux("display-message", "-p", "#{pane_tty}")).trim();
    const { stdout } = await new Deno.Command("stty", { args: ["-F", tty, ...args] }).output();
    return new TextDecoder().decode(stdout).trim();
  }

  /** Looks at the cursor until its place passes `check`. Fails if it never does. */
  async waitForCursor(check: (cursor: TerminalPlace) => void): Promise<void> {
    await lookUntil(() => this.cursor(), check);
  }

  /** The cursor's position. */
  async cursor(): Promise<TerminalPlace> {
    const place = await this.#tmux("display-message", "-p", "#{cursor_x} #{cursor_y}");
    const [column = NaN, row = NaN] = place.split(" ").map(Number);
    return { column, row };
  }

  /** All lines that were shown and not cleared, from the first line on. */
  async history(): Promise<string> {
    return (await this.#tmux("capture-pane", "-p", "-S", "-")).trimEnd();
  }

  /** Presses keys by their tmux names: `Enter`, `C-d`, `Left`. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux("send-keys", "--", ...keys);
  }

  /** Sends a signal to the program in the terminal whose command line contains `words`. */
  async signal(name: string, words: string): Promise<void> {
    const pane = (await this.#tmux("display-message", "-p", "#{pane_pid}")).trim();
    const kill = new Deno.Command("pkill", { args: [`-${name}`, "-P", pane, "-f", "--", words] });
    if (!(await kill.output()).success) throw new Error(`no child of ${pane} runs ${words}`);
  }

  /** The screen's text, without trailing spaces and empty lines. */
  async screen(): Promise<string> {
    return (await this.#tmux("capture-pane", "-p")).trimEnd();
  }

  /** Records in `file` all further output of the program in the terminal. */
  async record(file: string): Promise<void> {
    await this.#tmux("pipe-pane", "-O", `cat >> ${quote([file])}`);
  }

  /** Reads the recording until it matches, and returns it. Fails if it never does. */
  async recorded(file: string, pattern: RegExp): Promise<string> {
    const read = async () => {
      await this.screen(); // An answer from tmux: it has had time to write.
      return await Deno.readTextFile(file);
    };
    return await lookUntil(read, (written) => {
      if (pattern.test(written)) return written;
      throw new Error(`no ${pattern} in the recording`);
    });
  }

  /** Whether the bell has rung since the last call. */
  async rang(): Promise<boolean> {
    const flag = (await this.#tmux("display-message", "-p", "#{window_bell_flag}")).trim();
    await this.#tmux("kill-session", "-C"); // Clears only a bell that was reported.
    return flag === "1";
  }

  /** Closes the terminal while the program in it runs. */
  async hangUp(): Promise<void> {
    await this.#tmux("set-option", "-s", "exit-empty", "off");
    await this.#tmux("kill-session");
  }

  /** The screen's text, with its color sequences. */
  async styled(): Promise<string> {
    return await this.#tmux("capture-pane", "-p", "-e");
  }

  /** Looks at the screen until it matches, and returns the match. Fails if it never does. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return await lookUntil(() => this.screen(), (screen) => {
      const match = pattern.exec(screen);
      if (match) return match;
      throw new Error(`no ${pattern} on the screen:\n${screen}`);
    });
  }

  /** Waits until the script and all programs in the terminal have ended. */
  async ended(): Promise<void> {
    await (this.#ended ??= new Response(this.#alive.readable).bytes());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
    // The programs in it may still be writing files, here and in folders of the test.
    await this.ended();
    await Deno.remove(this.#config, { recursive: true });
  }
}

function tmux(socket: string, ...args: string[]): Promise<string> {
  return output("tmux", ["-u", "-f", "/dev/null", "-L", socket, ...args]);
}

/** Runs a command to completion, and returns its output. */
async function output(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const [written, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${[command, ...args].join(" ")}: ${errors}`);
  return written!;
}

/** Quotes words for `sh`. */
export function quote(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
