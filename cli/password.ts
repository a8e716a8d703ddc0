import { ChatError } from "../room/errors.ts";
import { file } from "./flag_kinds.ts";
import type { Flag } from "./flags.ts";

/** How often a person may type the password. */
const MAX_TRIES = 3;

/** `--password-file` of those who join. */
export const passwordFlag: Flag<string | undefined> = file({
  value: "FILE",
  help: "file with the password, for a server that wants one",
  fallbackHelp: "it is asked for on a terminal",
});

/**
 * Reads the password in a file: its text without the newline at the end.
 *
 * @throws {Error} in words for a person, if it cannot be read, or there is none.
 */
export async function readPassword(path: string): Promise<string> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound ? "there is no such file" : String(cause);
    throw new Error(`Cannot read the password in "${path}": ${reason}`, { cause });
  }
  const password = text.replace(/\r?\n$/, "");
  if (password === "") throw new Error(`Cannot read the password in "${path}": it is empty`);
  return password;
}

/** Where a password may come from. */
export interface PasswordSource {
  /** The file that it is in. */
  readonly file: string | undefined;
  /** Whether there is somebody at the terminal to ask, if there is no file. */
  readonly ask: boolean;
}

/**
 * Does something that may take a password: with the one in the file, or else with none and
 * then with what the person types, as long as the server wants one or another one.
 */
export async function withPassword<T>(
  { file, ask }: PasswordSource,
  run: (password: string | undefined) => Promise<T>,
): Promise<T> {
  let password = file === undefined ? undefined : await readPassword(file);
  for (let asked = 0;; asked++) {
    try {
      return await run(password);
    } catch (error) {
      const wanted = error instanceof ChatError && error.code === "unauthenticated";
      if (!wanted || !ask || file !== undefined || asked === MAX_TRIES) throw error;
      password = await askOnTerminal(asked === 0 ? "Password: " : "Wrong password. Password: ");
      if (password === undefined) throw error;
    }
  }
}

/** Asks on the terminal that is standard input, and shows nothing of what is typed. */
async function askOnTerminal(prompt: string): Promise<string | undefined> {
  // Before the prompt: who sees that types at once, and it would be shown.
  Deno.stdin.setRaw(true);
  try {
    await Deno.stderr.write(new TextEncoder().encode(prompt));
    return await readSecret();
  } finally {
    Deno.stdin.setRaw(false);
    await Deno.stderr.write(new TextEncoder().encode("\n"));
  }
}

/** Reads keys up to Enter; undefined after Ctrl-C, or Ctrl-D with nothing before it. */
async function readSecret(): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(1_024);
  const typed: string[] = [];
  while (true) {
    const count = await Deno.stdin.read(bytes);
    if (count === null) return undefined;
    for (const key of decoder.decode(bytes.subarray(0, count), { stream: true })) {
      if (key === "\r" || key === "\n") return typed.length > 0 ? typed.join("") : undefined;
      if (key === "\x03" || key === "\x04" && typed.length === 0) return undefined;
      if (key === "\x7f" || key === "\b") typed.pop();
      else if (key === "\x15") typed.length = 0; // Ctrl-U
      else if (key >= " ") typed.push(key);
    }
  }
}
