/**
 * A chat for the terminal: one program that serves rooms and joins them, over gRPC.
 *
 * This module is both the program (`chat serve`, `chat join`, …) and the library:
 * {@linkcode serve}, {@linkcode join} and {@linkcode send} do what the subcommands do. It loads the
 * modules of a command only when the command runs, so that `--help` is fast.
 *
 * CONTRIBUTING.md describes the folders and the imports between them.
 *
 * @example
 * ```ts
 * import { join, serve } from "./mod.ts";
 *
 * await using server = await serve({ address: "127.0.0.1:0" });
 * await using chat = await join({ name: "ann", address: server.address });
 * await chat.say("hello, room");
 * for await (const event of chat.events()) {
 *   if (event.type === "notes") break; // Our own note.
 * }
 * ```
 *
 * @module
 */

import { columns } from "./cli/framework/columns.ts";
import type { CommandEntry, Context } from "./cli/framework/command.ts";
import { EXIT, EXIT_MEANINGS, UsageError } from "./cli/framework/exit.ts";
import { OutputError, standardOutput } from "./cli/framework/output.ts";
import { COMMANDS } from "./cli/table.ts";
import type { JoinOptions, SendOptions } from "./client.ts";
import type { Chat } from "./client/chat.ts";
import config from "./deno.json" with { type: "json" };
import { errorMessage } from "./room/errors.ts";
import { lazily } from "./text/lazy.ts";
import type { ChatServer, ServeOptions } from "./server.ts";

export type {
  Chat,
  ChatEvent,
  ConnectedEvent,
  DisconnectedEvent,
  JoinedEvent,
  LeaveOptions,
  LeftEvent,
  LostEvent,
  MembersEvent,
  ModerationResult,
  MoveOptions,
  MutedEvent,
  NotesEvent,
  OpenOptions,
  Pending,
  Position,
  RenamedEvent,
  SayOptions,
  SearchEnd,
  SearchOptions,
  SessionsEvent,
  ShownNote,
  TopicEvent,
  UnmutedEvent,
} from "./client/chat.ts";
export { Identity } from "./client/profile/identity.ts";
export { mentions } from "./client/render/mention.ts";
export type { JoinOptions, SendOptions } from "./client.ts";
export type { Context } from "./cli/framework/command.ts";
export type { Output } from "./cli/framework/output.ts";
export { ChatError, type ChatErrorCode } from "./room/errors.ts";
export type { Note, NoteKind } from "./room/note.ts";
export type {
  ModerationAction,
  ModerationCommand,
  OperatorAction,
  OwnAction,
  Stat,
} from "./room/moderation.ts";
export type { OwnedName } from "./room/owned_name.ts";
export type { Person } from "./room/person.ts";
export type { RoomInfo, RoomList } from "./room/room_list.ts";
export type { ReportedSanction, Sanction, SanctionKind } from "./room/sanctions.ts";
export type { Topic } from "./room/topic.ts";
export type { Since } from "./text/since.ts";
export type { ClientCertificate, TlsOptions, Trust } from "./client/net/tls.ts";
export type {
  BackupEvent,
  BoundOptions,
  ChatServer,
  ClockEvent,
  Cluster,
  ClusterOptions,
  DropEvent,
  Encryption,
  EngineEvent,
  ErrorEvent,
  EventSubject,
  JoinEvent,
  LeaveEvent,
  ModerationEvent,
  OtherServerEvent,
  OutageEvent,
  RecoveryEvent,
  RefusalKind,
  RefusedEvent,
  RejoinEvent,
  RenameEvent,
  RetentionEvent,
  RoomNotes,
  ServeOptions,
  ServerEvent,
  ShortageEvent,
  SlowEvent,
  StartEvent,
  StopEvent,
  Throttled,
  TopicChangeEvent,
} from "./server.ts";

/**
 * Serves rooms until it is stopped: see {@linkcode ServeOptions}.
 *
 * @throws {ChatError} `unavailable`, if the address cannot be listened on.
 * @throws {RangeError} if a number is out of its bounds.
 */
export async function serve(options?: ServeOptions): Promise<ChatServer> {
  const server = await import("./server.ts"); // Loaded when needed: `--help` loads no gRPC.
  return await server.serve(options);
}

/**
 * Joins a chat: connects, and resolves once the server has let us in. See {@linkcode JoinOptions}.
 *
 * @throws {ChatError} `invalid`, if a name is not valid or the server cannot start there;
 * `unavailable`, if it cannot be reached in time; and the reason why it does not let us in.
 * @throws {RangeError} if a number is out of its bounds.
 * @throws the reason of the `signal` of the options, if it is aborted before.
 */
export async function join(options: JoinOptions): Promise<Chat> {
  const client = await import("./client.ts");
  return await client.join(options);
}

/**
 * Says one note: connects, waits until the server has accepted it, and leaves. Nobody sees us join
 * or leave. Returns the position of the note; undefined if the server does not say. See
 * {@linkcode SendOptions}.
 *
 * @throws {ChatError} when the server does not accept it, with the reason; `timeout`, if it has not
 *   answered in time, so that the note may have arrived nevertheless; and like {@linkcode join}.
 * @throws the reason of the `signal` of the options, once it is aborted.
 */
export async function send(message: string, options: SendOptions): Promise<number | undefined> {
  const client = await import("./client.ts");
  return await client.send(message, options);
}

/**
 * Runs the program and returns its exit code: 0 done, 1 failed, 2 wrong usage. The `--help` of each
 * subcommand lists its codes.
 *
 * @param args The command line, starting with the subcommand.
 * @param context The environment of the program.
 */
export async function main(args: readonly string[], context: Context): Promise<number> {
  const { output } = context;
  const [name, ...rest] = args;
  try {
    if (name === "--version") {
      await output.print(`chat ${config.version}\n`);
      return EXIT.done;
    }
    if (name === "help" && rest[0] !== undefined) return await main([rest[0], "--help"], context);
    if (name === undefined || name === "help" || name === "--help" || name === "-h") {
      await output.print(overview());
      return name === undefined ? EXIT.usage : EXIT.done;
    }
    const entry = COMMANDS.find((command) => command.name === name) ?? await unknown(name);
    const command = await entry.load();
    if (asksForHelp(rest)) {
      const { formatHelp } = await import("./cli/framework/help.ts");
      await output.print(`${formatHelp(entry, command)}\n`);
      return EXIT.done;
    }
    void context.ready?.(); // Not awaited here: it must not delay loading the command.
    return await command.run(rest, context);
  } catch (error) {
    if (error instanceof OutputError && error.closed) return EXIT.done;
    const { escapeText } = await import("./text/escape.ts");
    output.report(`error: ${escapeText(errorMessage(error))}`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

/** Returns whether the help is asked for. After `--` nothing is a flag. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === "--help" || arg === "-h");
}

async function unknown(name: string): Promise<CommandEntry> {
  const { suggest } = await import("./text/suggest.ts");
  const near = suggest(name, COMMANDS.map((command) => command.name));
  const hint = near ? `did you mean ${near}?` : `see chat --help`;
  throw new UsageError(`Unknown command "${name}" (${hint})`);
}

function overview(): string {
  return [
    `chat ${config.version}: a chat for the terminal`,
    "",
    "Usage: chat COMMAND [OPTIONS]",
    "",
    "Commands:",
    ...columns(COMMANDS.map(({ name, summary }) => [name, summary])),
    "",
    "Exit codes:",
    ...columns(EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning])),
    "",
    "chat COMMAND --help explains a command; chat --version prints the version.",
    "",
  ].join("\n");
}

/**
 * How long after the start of a stop further signals belong to it, in milliseconds. Ctrl-C in a
 * terminal reaches every process of a task, and each `deno task` passes it on to its child too, so
 * this program receives it two or three times: within 5 ms, and within 32 ms on a machine with six
 * times more work than processors. A person waits for longer before pressing Ctrl-C again.
 */
const SAME_SIGNAL_MS = 500;

const onUnix = Deno.build.os !== "windows";

function hasTerminal(): boolean {
  return [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
}

function onContinue(listener: () => void): Disposable {
  if (!onUnix) return new DisposableStack();
  Deno.addSignalListener("SIGCONT", listener);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGCONT", listener) };
}

if (import.meta.main) {
  const finish = new AbortController();
  // A timer, not a comparison of times: signals that arrived while the program was busy are heard
  // before timers that have become due meanwhile.
  let mayEnd = false;
  finish.signal.addEventListener("abort", () => setTimeout(() => mayEnd = true, SAME_SIGNAL_MS));
  const hadTerminal = hasTerminal();
  const reloads = new Set<() => void>();
  const hear = (signal: Deno.Signal) => {
    // SIGHUP asks to read files again, or means that the terminal has gone. On Windows it always
    // means the latter, and the terminal is still there.
    const mayReload = onUnix && signal === "SIGHUP" && hadTerminal === hasTerminal();
    if (mayReload && reloads.size > 0) {
      for (const reload of reloads) reload();
      return;
    }
    // A later signal ends the program at once. SIGHUP does not: the person who closes the terminal
    // of a program that is stopping is in no hurry.
    if (mayEnd && signal !== "SIGHUP") Deno.exit(EXIT.failed);
    finish.abort();
  };
  // On Windows SIGHUP means that the console is closed, and SIGTERM that the person logs off or the
  // system shuts down. Windows ends the program soon after both.
  const signals: Deno.Signal[] = ["SIGINT", onUnix ? "SIGQUIT" : "SIGBREAK", "SIGTERM", "SIGHUP"];
  const ready = lazily(async () => {
    // With the first listener to any signal, Deno replaces the handling of SIGHUP.
    const { ignoresHangup } = await import("./cli/process/nohup.ts");
    const isIgnored = await ignoresHangup();
    for (const signal of signals) {
      const isDeaf = signal === "SIGHUP" && isIgnored;
      Deno.addSignalListener(signal, isDeaf ? () => {} : () => hear(signal));
    }
  });
  const code = await main(Deno.args, {
    // The serve task sets one of them, and the npm task, which runs that task, the other.
    program: Deno.env.get("CHAT_NPM_COMMAND") || Deno.env.get("CHAT_COMMAND") || "chat",
    output: standardOutput,
    signal: finish.signal,
    hangUp: () => finish.abort(),
    onContinue,
    onReload: (listener) => {
      reloads.add(listener);
      return { [Symbol.dispose]: () => void reloads.delete(listener) };
    },
    ready,
    env: (name) => Deno.env.get(name),
  });
  // Not with Deno.exitCode: output that nobody reads would keep the process alive. Everything is
  // closed by now.
  Deno.exit(code);
}
