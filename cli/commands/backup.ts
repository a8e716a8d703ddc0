import { AtomicFile } from "../../platform/atomic_file.ts";
import { ChatError } from "../../room/errors.ts";
import { escapeText } from "../../text/escape.ts";
import { formatNumber } from "../../text/number.ts";
import { credentialFlags, type Credentials, withCredentials } from "../credentials/credentials.ts";
import { loadIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import type { Flag, Values } from "../framework/flags.ts";

const { server, timeout } = commonFlags;

const file: Flag<string> = {
  value: "FILE",
  operand: "required",
  help: "where to write the copy",
  bounds: "a file that does not exist",
  file: true,
  fallback: "",
  parse: (path) => path,
};

const flags = { file, server, ...credentialFlags, timeout };

/** `chat backup`. */
export const backup = command({
  description:
    `Copies all that a running server keeps to a new file here, which only you can read: its notes, whispers
among them, whose names are whose, and who is banned. The server goes on meanwhile; the copy is as everything was in
one moment close to the end. It sends it to its operators, whom it knows by their keys (see chat whoami, and
--operators of chat serve).

To go back to the copy, stop the server, put the copy in the place of its data file (and take away FILE-wal and
FILE-shm beside that, if they are there), and start it. Clients come back by themselves, and go on behind what
they have in common with the copy.`,
  flags,
  examples: [
    ["chat-2026-11-22.db", "of the server on this machine"],
    ["--server chat.example night.db", "of another one"],
  ],
  exits: [
    [EXIT.done, "the file is there, and whole"],
    [
      EXIT.failed,
      "the file cannot be written, or it was stopped before that; nothing is left of it",
    ],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, broke off, or is no chat server"],
    [
      EXIT.refused,
      "the server does not let you in, is not to be trusted, or gives you no copy: you are no operator of it",
    ],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { signal, output } = context;
  // A fixed suffix: two backups to one file at once are a mistake.
  await using copy = await AtomicFile.create(values.file, { suffix: "part" });
  try {
    const bytes = await withCredentials({
      values,
      context,
      identify: loadIdentity,
      timeoutMs: values.timeout,
      stdin: "nothing",
    }, (credentials) => receive(copy, values.timeout, credentials, context));
    signal.throwIfAborted();
    await copy.commit();
    await output.print(`${escapeText(values.file)}: ${formatNumber(bytes)} bytes\n`);
    return EXIT.done;
  } catch (error) {
    if (!signal.aborted) throw error;
    output.report("Stopped: there is no copy");
    return EXIT.failed;
  }
}

/** Writes the copy, and returns how large it is. */
async function receive(
  to: AtomicFile,
  timeoutMs: number,
  { address, identity, password, tls, meet }: Credentials,
  { signal, output: { report } }: Context,
): Promise<number> {
  if (address === undefined) throw new Error("There is always a server: the flag has a default");
  const { fetchBackup } = await import("../../client/admin/backup.ts");
  const options = { address, identity, password, tls, meet, timeoutMs, signal };
  const tells = Deno.stderr.isTerminal();
  let bytes = 0;
  for await (const { notes, size, piece } of fetchBackup(options)) {
    if (tells && notes > 0) report(`copied ${formatNumber(notes)} notes`);
    if (tells && size > 0) report(`receiving ${formatNumber(size)} bytes`);
    await to.write(piece);
    bytes += piece.length;
  }
  if (bytes === 0) {
    throw new ChatError("unavailable", `Cannot back up "${address}": it sent nothing`);
  }
  return bytes;
}
