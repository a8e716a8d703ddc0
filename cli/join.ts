import { DEFAULTS } from "../room/defaults.ts";
import { ChatError, type ChatErrorCode } from "../room/errors.ts";
import { checkName } from "../room/note.ts";
import { LOBBY } from "../room/rooms.ts";
import { visible } from "../room/visible.ts";
import { parseServer } from "./address.ts";
import { command, type Context } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { type Flag, integer, seconds, type Values } from "./flags.ts";
import { loginName } from "./login_name.ts";

const flags = {
  name: {
    value: "NAME",
    help: "name to speak under",
    env: "CHAT_NAME",
    bounds: "1 to 64 visible characters",
    fallback: undefined,
    fallbackHelp: "your login name",
    parse: (text) => {
      checkName(text);
      return text;
    },
  } as Flag<string | undefined>,
  server: {
    value: "HOST[:PORT]",
    help: "server to join, or unix:PATH",
    env: "CHAT_SERVER",
    fallback: `${DEFAULTS.host}:${DEFAULTS.port}`,
    parse: parseServer,
  },
  room: {
    value: "ROOM",
    help: "room to join, made if there is none",
    env: "CHAT_ROOM",
    bounds: "1 to 64 visible characters",
    fallback: LOBBY,
    parse: (text: string) => {
      checkName(text, "Room");
      return text;
    },
  },
  last: integer({
    value: "NOTES",
    help: "how many of the notes before you to show",
    fallback: NaN,
    fallbackHelp: "100, or 0 without a terminal",
    min: 0,
    max: 1_000_000,
  }),
  timeout: seconds({
    help: "how long to wait for the server and for its answers",
    fallback: DEFAULTS.timeoutMs,
    min: 0.1,
    max: 3_600,
  }),
};

/** Errors by which a server says that it is there, but not for us. */
const REFUSED: ReadonlySet<ChatErrorCode> = new Set(["invalid", "taken", "too_large"]);

/** `chat join`. */
export const join = command({
  name: "join",
  summary: "join a room",
  description:
    `Prints what others say and sends each line you type; leave with Ctrl-D. When the server goes
away it tries again until it is back. With piped input it sends each line that is not blank,
waits for the answers and exits.`,
  flags,
  examples: [
    ["--name bob", "talk, as bob, on this machine"],
    ["--server chat.example:4000 --room dev", "talk on another one, in the room dev"],
    ["--name ci < report.txt", "send each line of a file"],
  ],
  exits: [
    [EXIT.done, "left; with piped input: every line was accepted"],
    [EXIT.failed, "it was stopped, or the server failed, before all was said"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, or is no chat server"],
    [EXIT.refused, "the server does not let you in: the name is taken, the room is full"],
    [EXIT.rejected, "the server did not take a line"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const name = values.name ?? defaultName();
  const onTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const client = await import("../client.ts");
  const left = new AbortController();
  const leave = () => left.abort();
  context.signal.addEventListener("abort", leave, { once: true });
  const chat = client.join({
    name,
    room: values.room,
    last: Number.isNaN(values.last) ? (onTerminal ? 100 : 0) : values.last,
    address: values.server,
    timeoutMs: values.timeout,
    signal: left.signal,
  });
  try {
    if (onTerminal) {
      const { chatOnTerminal } = await import("../client/terminal.ts");
      const unanswered = await chatOnTerminal(chat, left);
      for (const line of unanswered) context.output.report(`Not sent: ${visible(line)}`);
      return unanswered.length > 0 ? EXIT.failed : EXIT.done;
    }
    const { chatThroughPipes } = await import("../client/pipe.ts");
    return EXIT[await chatThroughPipes(chat, left, context.output)];
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    context.output.report(`error: ${visible(error.message)}`);
    return REFUSED.has(error.code) ? EXIT.refused : EXIT.unreachable;
  } finally {
    leave();
  }
}

function defaultName(): string {
  const name = loginName();
  if (name === undefined) throw new UsageError("There is no login name: give one with --name");
  try {
    checkName(name);
  } catch (error) {
    const reason = error instanceof ChatError ? error.message : String(error);
    throw new UsageError(`The login name does not do (${reason}): give one with --name`);
  }
  return name;
}
