import { assert, assertEquals, assertMatch } from "@std/assert";
import { commandLine, Person, run, start, startServer } from "../support/program.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

async function ownFingerprint(person: Person): Promise<string> {
  return JSON.parse((await run("whoami", ["--json", "--name", "x"], person)).stdout).fingerprint;
}

/** A key as the log in text has it. */
const short = (key: string) => key.slice("SHA256:".length).slice(0, 7);

/** A person at a terminal. */
function joinAs(name: string, address: string, { env }: Person): Promise<Terminal> {
  const args = ["--server", address, "--name", name, "--time", "off"];
  const set = Object.entries({ ...env, XDG_STATE_HOME: env.XDG_CONFIG_HOME! });
  const assignments = set.map(([name, value]) => `${name}=${value}`);
  const command = quote(["env", ...assignments, ...commandLine("join", args)]);
  return Terminal.start(command, { columns: 120, rows: 30 });
}

Deno.test({
  name: `chat join executes an operator's /ban, which survives a restart of the server${why}`,
  ignore: missing,
  async fn() {
    await using ann = new Person();
    await using bob = new Person();
    const [operator, victim] = [await ownFingerprint(ann), await ownFingerprint(bob)];
    const operators = `${ann.folder}/operators`;
    await Deno.writeTextFile(operators, `${operator} # ann\n`);
    const options = ["--data", `${ann.folder}/a.db`, "--operators", operators];
    const args = ["--quiet", ...options, "--log-level", "info"];
    const join = (address: string) => start("join", ["--server", address, "--name", "bob"], bob);
    {
      await using server = await startServer(args);
      await using terminal = await joinAs("ann", server.address, ann);
      await terminal.waitFor(/^── lobby: ann ──\n>$/);
      await using here = join(server.address);
      await terminal.waitFor(/bob joined/);
      await terminal.type("/ban bob 30m sells things");
      await terminal.press("Enter");
      await terminal.waitFor(/^-- banned "bob" \(SHA256:\S{7}…\) for 30 min --$/m);
      await terminal.waitFor(/^-- bob left \(banned for 30 min by ann: sells things\) --$/m);
      const { code } = await here.ended();
      assertEquals([code, here.stderr], [
        4,
        `error: Disconnected from "${server.address}": banned for 30 min by ann: sells things\n`,
      ]);
      await terminal.type("/bans");
      await terminal.press("Enter");
      await terminal.waitFor(
        /^ {2}bob \(SHA256:\S+\) banned for 30 min more, .*by ann: sells things$/m,
      );
      const line = /^\S+ info ban .*$/m.exec(server.stderr)?.[0] ?? "";
      assert(
        line.includes(` by=ann key=${short(operator)} name=bob whom=${short(victim)} until=`),
        line,
      );
      assertMatch(line, /reason="sells things"$/);
      await terminal.type("/release bob");
      await terminal.press("Enter");
      await terminal.waitFor(/^-- released "bob", which was owned by SHA256:\S+ --$/m);
      await server.waitFor(/ info release by=ann key=\S+ name=bob whom=\S+$/m, "stderr");
      server.kill("SIGTERM");
      await server.ended();
    }
    await using server = await startServer(args);
    await using again = join(server.address);
    await again.ended();
    assertMatch(again.stderr, /: banned for \d\d min: sells things\n$/);
    await Deno.writeTextFile(operators, `${victim}\n`);
    server.kill("SIGHUP");
    await server.waitFor(/ info reload files=\S+$/m, "stderr");
    await using terminal = await joinAs("ann", server.address, ann);
    await terminal.waitFor(/^── lobby: ann ──\n>$/m);
    await terminal.type("/unban bob");
    await terminal.press("Enter");
    await terminal.waitFor(/^-- \/unban: Only operators may do that: key SHA256:/m);
  },
});

Deno.test({
  name: `chat join shows people that they are muted, and only operators how it is done${why}`,
  ignore: missing,
  async fn() {
    await using ann = new Person();
    await using bob = new Person();
    const operators = `${ann.folder}/operators`;
    await Deno.writeTextFile(operators, await ownFingerprint(ann));
    await using server = await startServer(["--quiet", "--operators", operators]);
    await using anns = await joinAs("ann", server.address, ann);
    await anns.waitFor(/^── lobby: ann ──\n>$/);
    await using bobs = await joinAs("bob", server.address, bob);
    await anns.waitFor(/bob joined/);
    const type = async (terminal: Terminal, line: string) => {
      await terminal.type(line);
      await terminal.press("Enter");
    };
    await type(anns, "/mute bob 10m be quiet");
    await bobs.waitFor(/^-- ann muted you for 10 min: be quiet --$/m);
    await type(anns, "/unmute bob");
    await bobs.waitFor(/^-- ann unmuted you --$/m);
    await bobs.press("C-l");
    await type(bobs, "/help");
    await bobs.waitFor(/^ {2}\/quit, \/exit +leave\nTo say something that starts/m);
    await type(anns, "/help");
    await anns.waitFor(/^For operators of the server:\n {2}\/kick NAME/m);
  },
});

Deno.test({
  name: `chat join shows an operator the owned names, and removes a room${why}`,
  ignore: missing,
  async fn() {
    await using ann = new Person();
    const operators = `${ann.folder}/operators`;
    await Deno.writeTextFile(operators, await ownFingerprint(ann));
    await using server = await startServer([
      ...["--quiet", "--operators", operators, "--log-level", "info"],
    ]);
    const send = ["--server", server.address, "--name", "bob", "--room", "the pub", "spam"];
    assertEquals((await run("send", send)).code, 0);
    await using terminal = await joinAs("ann", server.address, ann);
    await terminal.waitFor(/^── lobby: ann ──\n>$/);
    const order = async (line: string, shown: RegExp) => {
      await terminal.type(line);
      await terminal.press("Enter");
      await terminal.waitFor(shown);
    };
    const since = String.raw`owned for \d+ (s|min), last here just now`;
    const names = [
      "── 2 names ──",
      String.raw`ann \(SHA256:\S+\) ${since}, nothing said`,
      String.raw`bob \(SHA256:\S+\) ${since}`,
    ];
    // However the rows wrap.
    await order("/owners", new RegExp(names.join(" ").replaceAll(" ", String.raw`\s+`)));
    await order("/owners xyz", /^-- nobody owns such a name --$/m);
    await order('/remove "the pub"', /^-- Removing room "the pub" cannot be undone: to do it, /m);
    await order(
      '/remove "the pub" "the pub"',
      /^-- removed room "the pub" with 1 note --$/m,
    );
    await server.waitFor(/ info remove by=ann key=\S+ room="the pub"$/m, "stderr");
  },
});

Deno.test("chat serve exits 1 if the list of members is empty or invalid", async () => {
  const file = await Deno.makeTempFile();
  try {
    const serve = async (flag: string, text: string) => {
      await Deno.writeTextFile(file, text);
      return await run("serve", ["--data", ":memory:", "--port", "0", flag, file]);
    };
    const empty = await serve("--members", "# nobody yet\n");
    const reason = `Cannot use "${file}": there is no key in it`;
    assertEquals([empty.code, empty.stderr], [1, `error: ${reason}\n`]);
    for (const flag of ["--members", "--operators"]) {
      const { code, stderr } = await serve(flag, "# nobody yet\na secret\n");
      const reason = `Line 2 of "${file}" is not a public key or fingerprint, ` +
        "such as chat whoami prints (SHA256:…)";
      assertEquals([code, stderr], [1, `error: ${reason}\n`]);
    }
  } finally {
    await Deno.remove(file);
  }
});
