import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../cli/table.ts";
import { run } from "../support/program.ts";
import { quote } from "../support/terminal.ts";

/** Whether a shell is installed. */
async function has(shell: string): Promise<boolean> {
  try {
    return (await new Deno.Command(shell, { args: ["-c", ":"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Runs a script with a shell. It must succeed and print no error. */
async function runShell(shell: string, script: string, cwd?: string): Promise<string> {
  const args = shell === "bash" ? ["--norc", "-c", script] : ["-c", script];
  const output = await new Deno.Command(shell, { args, ...(cwd && { cwd }) }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((b) => new TextDecoder().decode(b));
  assertEquals([output.success, stderr], [true, ""]);
  return stdout!;
}

/** The output of `chat completions SHELL`. */
async function scriptFor(shell: string): Promise<string> {
  const { code, stdout, stderr } = await run("completions", [shell]);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

const NAMES = COMMANDS.map(({ name }) => name);

const LINES: [words: string[], candidates: string[]][] = [
  [[""], [...NAMES, "help", "--help", "--version"]],
  [["s"], ["serve", "send", "search", "stats"]],
  [["help", "s"], ["serve", "send", "search", "stats"]],
  [["serve", "--keep"], ["--keep", "--keep-age", "--keep-bytes"]],
  [["serve", "--host", ""], []],
  [["serve", "--data", "not"], ["notes of mine.db"]],
  [["serve", "--data", "=", "not"], ["notes of mine.db"]],
  [["join", "--time", ""], ["off", "hm", "iso"]],
  [["join", "--time", "="], ["off", "hm", "iso"]],
  [["join", "--time", "=", "i"], ["iso"]],
  [["join", "--name", "o"], []],
  [["join", "--bell", "mention", "--no"], ["--no-identity", "--no-color", "--no-history"]],
  [["send", "--l"], ["--lines"]],
  [["send", "tex"], []],
  [["tail", "--h"], ["--help"]],
  [["export", "--data", "not"], ["notes of mine.db"]],
  [["import", "--d"], ["--data"]],
  [["completions", ""], ["--help", "bash", "zsh", "fish"]],
];

Deno.test("chat completions bash makes bash complete commands, flags, choices and files", async () => {
  const script = await scriptFor("bash");
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/notes of mine.db`, "");
  for (const [words, candidates] of LINES) {
    const line = `${script}
      COMP_WORDS=(${quote(["chat", ...words])})
      COMP_CWORD=${words.length}
      _chat
      if ((\${#COMPREPLY[@]})); then printf '%s\\n' "\${COMPREPLY[@]}"; fi`;
    const stdout = await runShell("bash", line, folder);
    assertEquals(stdout.split("\n").slice(0, -1), candidates, words.join(" "));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("chat completions bash loads without output, and is for chat only", async () => {
  const script = await scriptFor("bash");
  assertEquals(await runShell("bash", `${script}\ncomplete -p chat`), "complete -F _chat chat\n");
});

for (const [shell, check] of [["zsh", "-n"], ["fish", "--no-execute"]] as const) {
  const missing = !(await has(shell));
  Deno.test({
    name: `chat completions ${shell} is valid for ${shell}${
      missing ? " (ignored: no such shell)" : ""
    }`,
    ignore: missing,
    async fn() {
      const file = await Deno.makeTempFile();
      await Deno.writeTextFile(file, await scriptFor(shell));
      const { success, stderr } = await new Deno.Command(shell, { args: [check, file] }).output();
      assert(success, new TextDecoder().decode(stderr));
      await Deno.remove(file);
    },
  });
}

Deno.test("chat completions zsh and fish name every command and flag, choices and files", async () => {
  const zsh = await scriptFor("zsh");
  const fish = await scriptFor("fish");
  assert(zsh.startsWith("#compdef chat\n"));
  for (const { name, summary, load } of COMMANDS) {
    assertStringIncludes(zsh, `'${name}:${summary}'`);
    assertStringIncludes(fish, `-a ${name} -d '${summary}'\n`);
    const here = `-n "__fish_seen_subcommand_from ${name}"`;
    for (const [flag, { operand, value }] of Object.entries((await load()).flags)) {
      if (operand) continue;
      assertStringIncludes(zsh, `'--${flag}${value ? "=" : ""}[`);
      assertStringIncludes(fish, `${here} -l ${flag} `);
    }
  }
  for (
    const line of [
      "'--data=[SQLite file to keep the notes in]:FILE:_files'",
      "'--time=[format of the time of a note]:STYLE:(off hm iso)'",
      "'--quiet[hide joins and leaves]'",
      "'--name=[name to speak under]:NAME: '",
      "'1:SHELL:(bash zsh fish)'",
      "'--bell=[notes that ring the terminal'\\''s bell]:WHEN:(off mention all)'",
    ]
  ) assertStringIncludes(zsh, `        ${line}`);
  const join = 'complete -c chat -n "__fish_seen_subcommand_from join"';
  for (
    const line of [
      'complete -c chat -n "__fish_seen_subcommand_from serve" -l data -r -F -d',
      `${join} -l time -x -a 'off hm iso' -d`,
      `${join} -l quiet -d 'hide joins and leaves'`,
      `${join} -l name -x -d`,
      `complete -c chat -n "__fish_seen_subcommand_from completions" -a 'bash zsh fish'`,
    ]
  ) assertStringIncludes(fish, `\n${line}`);
});
