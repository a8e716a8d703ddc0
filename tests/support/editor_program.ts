/**
 * The line editor without a chat, for the tests. It prints the data that it receives over a
 * connection to `127.0.0.1` above the line, and reports its events there. Its argument is the port.
 *
 * @module
 */

import { connect } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { LineEditor } from "../../client/editor/editor.ts";
import type { Completion } from "../../client/editor/typed_line.ts";

/** A request from a test to the editor. */
export type EditorCommand =
  | { readonly do: "print"; readonly lines: readonly string[] }
  | { readonly do: "restore"; readonly text: string }
  | { readonly do: "listen" | "close" | "throw" | "reject" | "exit" };

/** An event from the editor to a test; `done` follows each request. */
export type EditorEvent =
  | { readonly heard: "line" | "confirm" | "aside"; readonly text: string }
  | { readonly heard: "refuse"; readonly chars: number }
  | { readonly heard: "resize"; readonly columns: number }
  | { readonly heard: "close" }
  | { readonly heard: "bytes"; readonly text: string }
  | { readonly heard: "done"; readonly result?: boolean };

async function run(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  const emit = (heard: EditorEvent) => {
    if (socket.writable) socket.write(`${JSON.stringify(heard)}\n`);
  };
  const editor = new LineEditor({
    input: process.stdin,
    output: process.stdout,
    prompt: () => "> ",
    completer: complete,
    suspend,
    onLine: (text) => emit({ heard: "line", text }),
    onConfirm: (text) => emit({ heard: "confirm", text }),
    onSetAside: (text) => emit({ heard: "aside", text }),
    onRefuse: (chars) => emit({ heard: "refuse", chars }),
    onClose: () => {
      emit({ heard: "close" });
      queueMicrotask(() => void socket.end()); // After the answer to a request.
      Deno.removeSignalListener("SIGCONT", goOn);
      Deno.removeSignalListener("SIGHUP", stay);
    },
  });
  const goOn = () => void editor.resume();
  Deno.addSignalListener("SIGCONT", goOn);
  // Like a program that still has something to do before it exits.
  const stay = () => {};
  Deno.addSignalListener("SIGHUP", stay);
  process.stdout.on("resize", () => emit({ heard: "resize", columns: process.stdout.columns }));
  emit({ heard: "done" });
  for await (const line of createInterface({ input: socket })) {
    emit({ heard: "done", ...execute(editor, JSON.parse(line), emit) });
  }
}

function execute(
  editor: LineEditor,
  command: EditorCommand,
  emit: (heard: EditorEvent) => void,
): { result?: boolean } {
  switch (command.do) {
    case "print":
      editor.print(command.lines);
      return {};
    case "restore":
      return { result: editor.restore(command.text) };
    case "listen": // Terminal input, read by read.
      process.stdin.on("data", (bytes) => emit({ heard: "bytes", text: String(bytes) }));
      return {};
    case "close":
      editor.close();
      return {};
    case "throw":
      setTimeout(() => {
        throw new Error("thrown on order");
      });
      return {};
    case "reject":
      void Promise.reject(new Error("rejected on order"));
      return {};
    case "exit":
      Deno.exit(3);
  }
}

const WORDS = ["anna", "annette", "bob", "한국어", "한국말"];

/** Completes words: words that start with a lower-case letter at once, others later. */
function complete(line: string): Completion | Promise<Completion> {
  const fragment = line.slice(line.lastIndexOf(" ") + 1);
  const candidates = fragment ? WORDS.filter((word) => word.startsWith(fragment)) : [];
  const completion: Completion = [candidates, fragment];
  return /^[a-z]/.test(fragment) ? completion : Promise.resolve(completion);
}

async function suspend(): Promise<void> {
  await new Deno.Command("kill", { args: ["-TSTP", "0"] }).output();
}

if (import.meta.main) await run(Number(Deno.args[0]));
