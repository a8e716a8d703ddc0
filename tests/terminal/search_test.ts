import { assertEquals } from "@std/assert";
import { commandLine, startServer } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

/** What the screen shows, without the input line. */
async function rowsOf(terminal: Terminal): Promise<string[]> {
  const rows = (await terminal.screen()).split("\n").map((row) => row.trimEnd());
  return rows.filter((row) => row !== "" && !row.startsWith(">"));
}

/** Starts a server with notes by ann, and joins it as bob in a terminal. */
async function joined(columns: number) {
  await using stack = new AsyncDisposableStack();
  const state = stack.use(await temporaryFolder());
  const server = stack.use(await startServer(["--quiet"]));
  using peer = new Peer(server.address);
  for (let i = 1; i <= 40; i++) {
    const message = i === 7 ? "the disk is full" : i === 30 ? "디스크 Disk: FULL" : `note ${i}`;
    await peer.send({ name: "ann", message });
  }
  const bob = ["--server", server.address, "--name", "bob", "--time", "off", "--last", "0"];
  const terminal = stack.use(
    await Terminal.start(
      quote(["env", `XDG_STATE_HOME=${state.path}`, ...commandLine("join", bob)]),
      { columns, rows: 40 },
    ),
  );
  await terminal.waitFor(/^── lobby: bob ──$[\s\S]*^>$/m);
  const all = stack.move();
  return { terminal, peer: server.address, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Types a line, and returns what is shown once `end` is. */
async function answer(terminal: Terminal, typed: string, end: RegExp): Promise<string[]> {
  await terminal.press("C-l");
  await terminal.type(typed);
  await terminal.press("Enter");
  await terminal.waitFor(end);
  return await rowsOf(terminal);
}

Deno.test({
  name: `/search and /history #SEQ show notes and what was around them${why}`,
  ignore: missing,
  async fn() {
    await using chat = await joined(80);
    const { terminal } = chat;
    assertEquals(await answer(terminal, "/search FULL disk", /2 notes found/), [
      "── notes with FULL disk, newest first ──",
      "#30 [~ann] 디스크 Disk: FULL",
      "#7 [~ann] the disk is full",
      "-- 2 notes found; /history #SEQ shows what was around one --",
    ]);
    assertEquals(await answer(terminal, '/search "is full"', /1 note found/), [
      '── notes with "is full", newest first ──',
      "#7 [~ann] the disk is full",
      "-- 1 note found; /history #SEQ shows what was around one --",
    ]);
    assertEquals(
      await answer(terminal, "/search 스크", /1 note found/).then((rows) => rows[1]),
      [
        "#30 [~ann] 디스크 Disk: FULL",
      ][0],
    );
    assertEquals(await answer(terminal, "/search absent", /no note/), ["-- no note has absent --"]);
    const many = await answer(terminal, "/search note", /newest 20 of more/);
    assertEquals([many.length, many[1], many.at(-2)], [
      22,
      "#40 [~ann] note 40",
      "#20 [~ann] note 20",
    ]);
    assertEquals(await answer(terminal, "/history #7", /── now ──/), [
      "── around #7 ──",
      ...[1, 2, 3, 4, 5, 6].map((i) => `#${i} [~ann] note ${i}`),
      "#7 [~ann] the disk is full",
      ...[8, 9, 10, 11, 12, 13, 14, 15, 16, 17].map((i) => `#${i} [~ann] note ${i}`),
      "── now ──",
    ]);
    assertEquals(await answer(terminal, "/history #999", /no note #999/), [
      "-- there is no note #999, or it is not kept any more --",
    ]);
    // The room goes on where it was.
    await terminal.press("C-l");
    await terminal.type("hello");
    await terminal.press("Enter");
    await terminal.waitFor(/\[bob\] hello/);
    assertEquals(await rowsOf(terminal), ["[bob] hello"]);
  },
});

Deno.test({
  name: `/search and /history #SEQ fit a terminal of 20 columns${why}`,
  ignore: missing,
  async fn() {
    await using chat = await joined(20);
    const { terminal } = chat;
    assertEquals(await answer(terminal, '/search "disk is"', /around one --/), [
      '── notes with "disk',
      '    is", newest',
      "    first ──",
      "#7 [~ann] the disk",
      "    is full",
      "-- 1 note found;",
      "    /history #SEQ",
      "    shows what was",
      "    around one --",
    ]);
    const around = await answer(terminal, "/history #30", /── now ──/);
    assertEquals([around[0], around.at(-1)], ["── around #30 ──", "── now ──"]);
    assertEquals(around.filter((row) => row.startsWith("#3")).length, 10);
  },
});
