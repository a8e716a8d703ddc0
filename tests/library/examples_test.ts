import { assertEquals } from "@std/assert";
import { serve } from "../../mod.ts";
import { configFlags, ROOT } from "../../tools/build/project.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { Process } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/**
 * Runs an example in `cwd` by the command that its first comment shows, so with these permissions
 * only, but with the server at `address`.
 */
function run(example: string, address: string, cwd: string): Process {
  const source = Deno.readTextFileSync(`${ROOT}examples/${example}.ts`);
  const [, command] = /^ \* deno (run [^]*?[^\\])\n/m.exec(source) ?? [];
  const [subcommand, ...words] = command!.replaceAll("\\\n *", "").split(/\s+/)
    .map((word) => word.replace("127.0.0.1:11912", address).replace(/^examples\//, `${ROOT}$&`));
  const flags = ["-q", "--no-prompt", ...configFlags(ROOT)];
  return new Process(Deno.execPath(), [subcommand!, ...flags, ...words], { cwd });
}

/** Stops an example as Ctrl-C does. It must not complain about anything. */
async function stop(example: Process): Promise<void> {
  example.kill("SIGINT");
  assertEquals([(await example.ended()).code, example.stderr], [0, ""]);
}

Deno.test("the echo bot answers those who speak to it, and never itself or what it has missed", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  await using folder = await temporaryFolder();
  {
    await using bot = run("echo", server.address, folder.path);
    await ann.until(({ happened }) => happened.includes("+echo"));
    await ann.say("nobody said echoes");
    await ann.say("echo: hello");
    await ann.until(({ heard }) => heard.includes("ann said: hello"));
    await ann.say("psst", { kind: "whisper", to: "~echo" });
    await ann.until(({ heard }) => heard.includes("→ann you said: psst"));
    await stop(bot);
  }
  await ann.until(({ happened }) => happened.includes("-echo left"));
  await ann.say("echo: missed");
  ann.happened.length = 0;
  await using bot = run("echo", server.address, folder.path);
  await ann.until(({ happened }) => happened.includes("+echo"));
  await ann.say("Echo, again");
  await ann.until(({ heard }) => heard.includes("ann said: again"));
  assertEquals(ann.heard, [
    "nobody said echoes",
    "echo: hello",
    "ann said: hello",
    "→echo psst",
    "→ann you said: psst",
    "echo: missed",
    "Echo, again",
    "ann said: again",
  ]);
  await stop(bot);
});

Deno.test("the bridge repeats each note in the other room, once, and keeps private notes to itself", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  await using bob = joinLibraryChat("bob", server.address, { room: "dev" });
  await bob.until(({ happened }) => happened.includes("connected"));
  await using folder = await temporaryFolder();
  await using bridge = run("bridge", server.address, folder.path);
  await bridge.waitFor(/^Between lobby and dev$/m);
  await ann.say("for you alone", { kind: "whisper", to: "bridge" });
  await ann.say("hello");
  await bob.until(({ heard }) => heard.length === 1);
  await bob.say("waves", { kind: "action" });
  await bob.say("bye");
  await ann.until(({ heard }) => heard.includes("~bob: bye"));
  assertEquals(ann.heard, ["→bridge for you alone", "hello", "* ~bob waves", "~bob: bye"]);
  assertEquals(bob.heard, ["~ann: hello", "waves", "bye"]);
  await stop(bridge);
});

Deno.test("the reminder bot reminds once, also of what was due or asked for while it was away", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  await using folder = await temporaryFolder();
  {
    await using bot = run("reminder", server.address, folder.path);
    await ann.until(({ happened }) => happened.includes("+reminder"));
    await ann.say("reminder: what can you do?");
    await ann.say("reminder: remind me in 60d to rest");
    await ann.say("reminder, remind me in 1s to drink");
    await ann.until(({ heard }) => heard.includes("~ann, remember to drink"));
    await ann.say("Reminder: remind me in 2 s to stretch");
    await ann.until(({ heard }) => heard.includes("~ann: I will remind you in 2s"));
    await stop(bot);
  }
  await ann.say("reminder: remind me in 0s to sleep");
  await using bot = run("reminder", server.address, folder.path);
  await ann.until(({ heard }) => heard.includes("~ann, remember to sleep"));
  await ann.until(({ heard }) => heard.includes("~ann, remember to stretch"));
  const others = ann.heard.filter((text) => text.startsWith("~ann")).sort();
  assertEquals(others, [
    "~ann, remember to drink",
    "~ann, remember to sleep",
    "~ann, remember to stretch",
    "~ann: I can wait 24 days at most",
    "~ann: I will remind you in 0s",
    "~ann: I will remind you in 1s",
    "~ann: I will remind you in 2s",
    '~ann: say "remind me in 10m to …"',
  ]);
  await stop(bot);
  const [file, ...more] = Array.from(Deno.readDirSync(folder.path), ({ name }) => name);
  assertEquals([file, more], ["reminder.json", []]);
  const memory = JSON.parse(Deno.readTextFileSync(`${folder.path}/reminder.json`));
  assertEquals(memory.reminders, []);
});
