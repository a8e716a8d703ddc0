import { assertEquals } from "@std/assert";
import { commandLine, freePort, Person, run, startServer } from "../support/program.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

const TEXT = "Release 2.4 on Friday: https://example.org/plans, ask ann about the database";

/** A person in the room "dev" at a terminal, who has a key. */
function join(
  name: string,
  address: string,
  { person, columns }: { readonly person: Person; readonly columns: number },
): Promise<Terminal> {
  const args = ["--server", address, "--name", name, "--room", "dev", "--time", "off"];
  const set = Object.entries({ ...person.env, XDG_STATE_HOME: person.folder });
  const assignments = set.map(([name, value]) => `${name}=${value}`);
  const command = quote(["env", ...assignments, ...commandLine("join", args)]);
  return Terminal.start(command, { columns, rows: 30 });
}

/** Types a line, and waits until something is shown. */
async function type(terminal: Terminal, line: string, shown: RegExp): Promise<void> {
  await terminal.type(line);
  await terminal.press("Enter");
  await terminal.waitFor(shown);
}

Deno.test({
  name: `chat join shows the topic at 80 and 20 columns, also after a restart of the server${why}`,
  ignore: missing,
  async fn() {
    await using ann = new Person();
    await using bob = new Person();
    const whoami = await run("whoami", ["--json", "--name", "ann"], ann);
    const operators = `${ann.folder}/operators`;
    await Deno.writeTextFile(operators, JSON.parse(whoami.stdout).fingerprint);
    const options = ["--port", `${freePort()}`, "--data", `${ann.folder}/a.db`, "--quiet"];
    const serve = () => startServer([...options, "--operators", operators, "--log-level", "info"]);
    const server = await serve();
    await using wide = await join("ann", server.address, { person: ann, columns: 80 });
    await wide.waitFor(/^── dev: ann ──\n>$/);
    await type(wide, "/topic", /^-- there is no topic --$/m);
    await type(wide, `/topic ${TEXT}`, /the database --\n>$/);
    await server.waitFor(
      / info topic name=ann room=dev key=\S+ address=\S+ change=set$/m,
      "stderr",
    );
    await wide.press("C-l");
    // As it is drawn for somebody who comes later, on a narrow terminal.
    await using narrow = await join("bob", server.address, { person: bob, columns: 20 });
    await narrow.waitFor(/database --\n>$/);
    assertEquals((await narrow.screen()).split("\n"), [
      "── dev: ann, bob ──",
      "-- topic: Release",
      "    2.4 on Friday:",
      "    https://example.",
      "org/plans,",
      "    ask ann about",
      "    the database --",
      ">",
    ]);
    await wide.waitFor(/bob joined/);
    await type(narrow, "/topic mine", /^-- bob set the\n {4}topic: mine --$/m);
    await type(wide, "/lock", /^-- ann locked the topic: only operators may set it --$/m);
    await narrow.waitFor(/^-- ann locked the\n {4}topic: only\n {4}operators may\n {4}set it --$/m);
    await type(narrow, "/topic yours", /^-- not sent: The\n {4}topic is locked:\n/m);
    await narrow.waitFor(/^> \/topic yours$/m); // The text is not lost.
    await type(wide, "/lock", /^-- \/lock: The topic is locked already --$/m);
    await type(wide, "/topic", /^-- topic: mine \(set by bob .*\); locked: only /m);
    await type(wide, "/topic -", /^-- ann removed the topic --$/m);
    await type(wide, "/topic -", /^-- not sent: There is no topic to remove --$/m);
    await wide.press("C-u");
    await type(wide, `/topic ${TEXT}`, /the database --\n>$/);
    await server[Symbol.asyncDispose]();
    await wide.waitFor(/connection lost/);
    await using again = await serve();
    await wide.waitFor(/^-- back --$/m);
    await wide.press("C-l");
    await type(wide, "/topic", /^-- topic: Release 2.4 on Friday/m);
    await type(wide, "/join lobby", /^── lobby: ann ──$/m);
    await wide.press("C-l");
    await type(wide, "/rooms", /^ {2}dev: \d here(?: \(open\))?; topic: Release 2.4 on Friday/m);
    await type(wide, "/join dev", /^── dev: [^\n]*ann[^\n]* ──\n-- topic: Release 2.4 on Friday/m);
    await again.waitFor(/ info start /, "stderr");
  },
});
