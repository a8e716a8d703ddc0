import { ChatError } from "../room/errors.ts";
import { noteLine } from "../room/note.ts";
import { visible } from "../room/visible.ts";
import type { ChatServer } from "../server.ts";
import { DEFAULT_PORT, joinAddress, parseHost } from "./address.ts";
import { command, type Context } from "./command.ts";
import { EXIT } from "./exit.ts";
import { integer, seconds, toggle, type Values } from "./flags.ts";
import type { Output } from "./output.ts";

const flags = {
  host: {
    value: "HOST",
    help: "address or name to listen on, or unix:PATH",
    fallback: "127.0.0.1",
    parse: parseHost,
  },
  port: integer({
    value: "PORT",
    help: "port to listen on; 0 picks a free one",
    fallback: DEFAULT_PORT,
    fallbackHelp: String(DEFAULT_PORT),
    min: 0,
    max: 65_535,
  }),
  keep: integer({
    value: "NOTES",
    help: "how many notes to keep for those who join later",
    fallback: 10_000,
    min: 1,
    max: 10_000_000,
  }),
  "max-note-bytes": integer({
    value: "BYTES",
    help: "largest note, in bytes of UTF-8",
    fallback: 16_384,
    min: 1,
    max: 1_048_576,
  }),
  grace: seconds({
    help: "how long to let readers finish when stopping",
    fallback: 2_000,
    min: 0,
    max: 3_600,
  }),
  quiet: toggle("do not print the notes"),
};

/** `chat serve`. */
export const serve = command({
  name: "serve",
  summary: "serve a room",
  description: "Serves one room until it gets SIGINT or SIGTERM, and prints what is said there.",
  flags,
  examples: [
    ["", "on this machine, for all who are on it"],
    ["--port 0", "on a port that is free, which it prints"],
    ["--host unix:chat.sock", "on a Unix socket"],
    ["--keep 100 --quiet", "with a short history and no output"],
  ],
  exits: [
    [EXIT.done, "stopped by a signal"],
    [EXIT.failed, "the address cannot be listened on"],
    [EXIT.usage, "the command line is wrong"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { output: { print, report }, program, signal } = context;
  let server: ChatServer;
  try {
    server = await (await import("../server.ts")).serve({
      address: joinAddress(values.host, values.port),
      keep: values.keep,
      maxNoteBytes: values["max-note-bytes"],
      onError: (error) => report(`error: ${describe(error)}`),
    });
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    report(`error: ${visible(error.message)}`);
    return EXIT.failed;
  }
  const { address } = server;
  await print(`listening on ${address}\njoin with: ${program} join --server ${address}\n`);
  const printing = values.quiet ? undefined : printNotes(server, print, signal);
  await aborted(signal);
  await server.stop(values.grace);
  await printing;
  return EXIT.done;
}

/** Prints what is said. Output that nobody reads any more ends the printing, not the server. */
async function printNotes(
  server: ChatServer,
  print: Output["print"],
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const notes of server.notes(signal)) {
      await print(notes.map((note) => `${noteLine(note)}\n`).join(""));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
