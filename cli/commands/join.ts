import type { SharedConnections } from "../../client.ts";
import { MAX_PASTES } from "../../client/editor/pastes.ts";
import { BELL_MODES } from "../../client/conversation/commands/bell_mode.ts";
import { MAX_OPEN_ROOMS } from "../../client/conversation/commands/open_room.ts";
import { HISTORY_BOUNDS } from "../../client/conversation/commands/history_bounds.ts";
import { DEFAULTS, LOBBY, MAX_LAST } from "../../room/defaults.ts";
import { MAX_NOTE_BYTES } from "../../room/note.ts";
import { escapeText } from "../../text/escape.ts";
import { formatNumber } from "../../text/number.ts";
import { credentialFlags } from "../credentials/credentials.ts";
import { loadOrMakeIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { roomListFlag } from "../flags/room_list.ts";
import { colorFlag, terminalStyle, timeFlag } from "../flags/style.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT, UsageError } from "../framework/exit.ts";
import { choice, integer, toggle } from "../framework/flag_kinds.ts";
import type { Values } from "../framework/flags.ts";
import { LossyOutput } from "../framework/lossy_output.ts";
import { waitForAbort } from "../process/wait_for_abort.ts";
import { joinFirstChat } from "./join_chat.ts";

const BOUNDS = {
  usualBytes: formatNumber(DEFAULTS.maxNoteBytes),
  bytes: formatNumber(MAX_NOTE_BYTES),
  chars: formatNumber(MAX_PASTES.chars),
};

const flags = {
  ...commonFlags,
  ...credentialFlags,
  room: roomListFlag({
    help: "room to join, created if it does not exist; on a terminal, several with commas",
    max: MAX_OPEN_ROOMS,
  }),
  last: integer<undefined>({
    value: "NOTES",
    help: "number of earlier notes to show",
    fallback: undefined,
    fallbackHelp: `${DEFAULTS.last}, or 0 without a terminal`,
    min: 0,
    max: MAX_LAST,
  }),
  time: timeFlag,
  "no-color": colorFlag,
  bell: choice(BELL_MODES, {
    value: "WHEN",
    help: "notes that ring the terminal's bell",
    fallback: "mention",
  }),
  quiet: toggle("hide joins and leaves"),
  "no-history": toggle("do not keep the lines that you type, nor read those of earlier chats"),
};

/** `chat join`. */
export const join = command({
  description:
    `Prints the notes of a room, and sends each line that you type. Type /help for the commands; leave with
/quit or Ctrl-D. When the connection is lost, it reconnects and shows the notes that you missed. The last
note that you have seen in each room is stored in $XDG_STATE_HOME/chat, or ~/.local/state/chat. So are the
lines that you send from a terminal, except private notes and lines that start with a space. The names
that you /ignore are stored in ignored.json beside your key.

Of several rooms, the first one is shown. Alt-1 to Alt-9 and /room switch between them, /join opens another.

A server accepts notes of up to ${BOUNDS.usualBytes} bytes, unless it sets another limit of at most ${BOUNDS.bytes}.
The pastes in a line have at most ${BOUNDS.chars} characters together. /history shows ${HISTORY_BOUNDS} notes.

With piped input it sends each line that is not blank, waits for the answers and exits. At a terminal it
makes a key for you, if there is none (see chat whoami); elsewhere it does not, and no name is yours then.

Several servers of one chat are tried in the order given. When one is away or stops, the chat goes on at
the next one; when all are away, it waits before it tries them again.

Servers on this machine are joined in plaintext, all others over TLS. A certificate is trusted by
--fingerprint or --ca, because you accepted it before, or because a public authority issued it. Otherwise
it is shown on the terminal, and you are asked. A certificate that matches --fingerprint counts as accepted
from then on, unless the server is already known by another one.`,
  flags,
  examples: [
    ["--name bob", "chat as bob with a server on this machine"],
    ["--server chat.example:4000 --room dev", "chat on another machine, in the room dev"],
    ["--room lobby,dev,ops", "chat in three rooms at once"],
    ["--name ci < report.txt", "send each line of a file"],
  ],
  exits: [
    [EXIT.done, "left; with piped input: every line was accepted"],
    [EXIT.failed, "stopped, the server failed, or a line is not UTF-8, before everything was sent"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, or is not a chat server"],
    [
      EXIT.refused,
      "the server does not let you in (the name is taken or not allowed, the room is full), or is not trusted",
    ],
    [EXIT.rejected, "the server refused a line"],
    [EXIT.interrupted, "stopped at a terminal, as by Ctrl-C, before the server let you in"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const name = values.name ?? (await import("../credentials/login_name.ts")).loginName();
  const onTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const [room = LOBBY, ...moreRooms] = values.room;
  if (moreRooms.length > 0 && !onTerminal) {
    throw new UsageError("Several rooms (--room) need a terminal: piped input goes to one");
  }
  const last = values.last ?? (onTerminal ? DEFAULTS.last : 0);
  const left = new AbortController();
  const leave = () => left.abort();
  void waitForAbort(context.signal).then(leave);
  try {
    // The rooms that are opened later share the connection of the first one.
    const connections = onTerminal ? await sharedConnections() : undefined;
    // The person can type notes only after the server has let them in.
    const first = await joinFirstChat({
      values,
      context,
      identify: loadOrMakeIdentity,
      timeoutMs: values.timeout,
      stdin: onTerminal ? "chat" : "input",
    }, {
      name,
      room,
      last,
      pace: !onTerminal, // A person learns at once why a note must wait.
      signal: left.signal,
    }, connections);
    if (!first) return onTerminal ? EXIT.interrupted : EXIT.failed;
    const { chat } = first;
    if (values.fingerprint !== undefined) {
      const { rememberServers } = await import("../credentials/remember_servers.ts");
      await rememberServers(values.server, values.fingerprint, context);
    }
    if (onTerminal) {
      const { chatOnTerminal } = await import("../../client/terminal/terminal.ts");
      const { style } = await import("../../client/render/style.ts");
      const { ReadMarkers, readMarkersPath } = await import("../../client/profile/read_markers.ts");
      const { IgnoredFile, ignoredPath } = await import("../../client/profile/ignored_file.ts");
      const { suspend } = await import("../process/suspend.ts");
      const { HistoryFile, historyPath } = await import("../../client/profile/history_file.ts");
      const path = readMarkersPath(context.env);
      const lines = values["no-history"] ? undefined : historyPath(context.env);
      const ignored = ignoredPath(context.env);
      const unanswered = await chatOnTerminal(chat, left, {
        addresses: values.server,
        name,
        room,
        moreRooms,
        last,
        view: {
          time: values.time ?? "hm",
          style: style(terminalStyle(values["no-color"], context.env)),
        },
        bell: values.bell,
        quiet: values.quiet,
        seen: path === undefined ? undefined : new ReadMarkers(path),
        history: lines === undefined ? undefined : new HistoryFile(lines),
        ignored: ignored === undefined ? undefined : new IgnoredFile(ignored),
        suspend: Deno.build.os === "windows" ? undefined : suspend,
        signal: context.signal,
        onContinue: context.onContinue,
      });
      for (const line of unanswered) context.output.report(`Not sent: ${escapeText(line)}`);
      return unanswered.length > 0 ? EXIT.failed : EXIT.done;
    }
    const { chatThroughPipes } = await import("../../client/stream/pipe.ts");
    const { print, report } = context.output;
    const lines = new LossyOutput({ write: print, onLoss: ({ message }) => report(message) });
    const outcome = await chatThroughPipes(chat, left, { print: lines.print, report });
    return lines.hasLost && outcome === "done" ? EXIT.failed : EXIT[outcome];
  } finally {
    leave();
  }
}

async function sharedConnections(): Promise<SharedConnections> {
  const { SharedConnections } = await import("../../client.ts");
  return new SharedConnections();
}
