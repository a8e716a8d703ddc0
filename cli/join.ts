import { ChatError } from "../room/errors.ts";
import { checkName } from "../room/note.ts";
import { visible } from "../room/visible.ts";
import { DEFAULT_PORT, parseServer } from "./address.ts";
import { command, type Context } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { type Flag, seconds, type Values } from "./flags.ts";
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
    fallback: `127.0.0.1:${DEFAULT_PORT}`,
    parse: parseServer,
  },
  timeout: seconds({
    help: "how long to wait for the server and for its answers",
    fallback: 10_000,
    min: 0.1,
    max: 3_600,
  }),
};

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
    ["--server chat.example:4000", "talk on another one"],
    ["--name ci < report.txt", "send each line of a file"],
  ],
  exits: [
    [EXIT.done, "left; with piped input: every line was accepted"],
    [EXIT.failed, "the server went away before it had answered for every line"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, or is no chat server"],
    [EXIT.rejected, "the server did not take a line"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const name = values.name ?? defaultName();
  const client = await import("../client.ts");
  const left = new AbortController();
  const leave = () => left.abort();
  context.signal.addEventListener("abort", leave, { once: true });
  const chat = client.join({
    name,
    address: values.server,
    timeoutMs: values.timeout,
    signal: left.signal,
  });
  try {
    if (Deno.stdin.isTerminal() && Deno.stdout.isTerminal()) {
      const { chatOnTerminal } = await import("../client/terminal.ts");
      await chatOnTerminal(chat, left);
      return EXIT.done;
    }
    const { chatThroughPipes } = await import("../client/pipe.ts");
    return EXIT[await chatThroughPipes(chat, left, context.output)];
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    context.output.report(`error: ${visible(error.message)}`);
    return EXIT.unreachable;
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
