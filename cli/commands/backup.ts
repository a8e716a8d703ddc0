import { AtomicFile } from "../../platform/atomic_file.ts";
import { escapeText } from "../../text/escape.ts";
import { formatNumber } from "../../text/number.ts";
import { credentialFlags, type Credentials, withCredentials } from "../credentials/credentials.ts";
import { loadIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import type { Flag, Values } from "../framework/flags.ts";
import { reportAnswer } from "./report_answer.ts";

const { server, timeout } = commonFlags;

const file: Flag<string> = {
  value: "FILE",
  operand: "required",
  help: "file for the copy",
  bounds: "a file that does not exist yet",
  file: true,
  fallback: "",
  parse: (path) => path,
};

const flags = { file, server, ...credentialFlags, timeout };

export const backup = command({
  description:
    `Copies all data of a running server to a new file on this machine, readable by you alone: notes,
including private notes, the owners of names, and bans. The server keeps running. The copy is consistent:
it shows the data at one moment near the end of the transfer. Only operators may make one; the
server recognizes them by their keys (see chat whoami, and --operators of chat serve). Of several
servers it asks the first that answers, and reports which.

To restore a copy, stop the server, replace its data file by the copy, delete FILE-wal and FILE-shm
beside it if they exist, and start the server. Clients reconnect by themselves, and continue after
the last note that they have in common with the copy.

Servers with --cluster refuse, since the engine has the data. Back up the engine, or use chat export --cluster.`,
  flags,
  examples: [
    ["chat-2026-11-22.db", "back up the server on this machine"],
    ["--server chat.example night.db", "back up another server"],
  ],
  exits: [
    [EXIT.done, "the file is complete"],
    [
      EXIT.failed,
      "the file cannot be written, or a signal stopped the command; it leaves no file",
    ],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, broke off, or is not a chat server"],
    [
      EXIT.refused,
      "the server refuses you or makes no copy (you are not an operator), or is not trusted",
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
    }, (credentials) => receive(copy, values, credentials, context));
    signal.throwIfAborted();
    await copy.commit();
    await output.print(`${escapeText(values.file)}: ${formatNumber(bytes)} bytes\n`);
    return EXIT.done;
  } catch (error) {
    if (!signal.aborted) throw error;
    output.report("Stopped: no copy was made");
    return EXIT.failed;
  }
}

/** Writes the copy, and returns its size in bytes. */
async function receive(
  to: AtomicFile,
  { server: addresses, timeout: timeoutMs }: Values<typeof flags>,
  { identity, password, tls, meet }: Credentials,
  { signal, output }: Context,
): Promise<number> {
  const { report } = output;
  const { fetchBackup } = await import("../../client/admin/backup.ts");
  const onAnswer = (address: string) => reportAnswer(address, addresses, output);
  const options = { addresses, identity, password, tls, meet, timeoutMs, signal, onAnswer };
  const tells = Deno.stderr.isTerminal();
  let bytes = 0;
  for await (const { notes, size, piece } of fetchBackup(options)) {
    if (tells && notes > 0) report(`copied ${formatNumber(notes)} notes`);
    if (tells && size > 0) report(`receiving ${formatNumber(size)} bytes`);
    await to.write(piece);
    bytes += piece.length;
  }
  return bytes;
}
