import { assertEquals } from "@std/assert";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lazily } from "../../text/lazy.ts";
import { graph } from "../../tools/build/graph.ts";
import { Staging } from "../../tools/build/staging.ts";
import { toolchain } from "../../tools/build/toolchain.ts";
import { DENO_RUN_AS_ON_WINDOWS, Person, PROGRAM } from "../support/program.ts";
import { hasTmux } from "../support/terminal.ts";
import { hasModules, PYTHON } from "../support/tools.ts";
import { smoke } from "./smoke.ts";

Deno.test({
  name: "the program works with only the modules and permissions of a compiled file",
  ignore: !(await hasTmux()),
  async fn() {
    await using staging = await Staging.make(await graph(), await toolchain());
    const run = ["run", "-q", "-c", staging.config, "--no-lock", "--cached-only", "--no-npm"];
    const env = `DENO_DIR=${staging.cache}`;
    const program = ["--no-prompt", "-P=default", staging.program];
    await smoke(["env", env, Deno.execPath(), ...run, ...program]);
  },
});

/** The texts of all files of the compiled program, by their names. */
const readProgram = lazily(async (): Promise<ReadonlyMap<string, string>> => {
  await using staging = await Staging.make(await graph(), await toolchain());
  const { program } = staging;
  const folder = new URL(".", pathToFileURL(program));
  const texts = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    texts.set(`./${name}`, await Deno.readTextFile(new URL(name, folder)));
  }
  return texts;
});

/**
 * The texts of a file of a compiled program and of those it loads at once, by their names. Other
 * names are in the modules of the page, which are texts.
 */
function load(
  file: string,
  program: ReadonlyMap<string, string>,
  loaded = new Map<string, string>(),
): ReadonlyMap<string, string> {
  const text = program.get(file)!;
  loaded.set(file, text);
  for (const name of imports(text)) {
    if (program.has(name) && !loaded.has(name)) load(name, program, loaded);
  }
  return loaded;
}

/** The names of what a file imports at once. */
function imports(text: string): string[] {
  return Array.from(text.matchAll(/^(?:import|\}).* ?"(.+)";$/gm), ([, name]) => name!);
}

Deno.test("the help of a compiled file loads nothing of Node", async () => {
  const loaded = load("./mod.js", await readProgram());
  const names = [...loaded.values()].flatMap(imports);
  assertEquals(names.filter((name) => !name.startsWith("./")), []);
  assertEquals(names.length > 0, true);
});

Deno.test("a compiled file loads what servers share a chat with only for --cluster", async () => {
  const program = await readProgram();
  // The bundler names each module in a comment before its code.
  const has = (file: string) =>
    [...load(file, program).values()].some((text) => /^\/\/ .*@nats-io\//m.test(text));
  const entries = [...program.keys()]
    .filter((name) => name.endsWith(".js") && !name.startsWith("./chunk-"));
  const loading = entries.filter(has).map((name) => name.replace(/^\.\/|-\w+\.js$/g, ""));
  assertEquals(entries.length > 10, true);
  assertEquals(loading.sort(), ["open", "shared_chat"]); // For chat import, and for chat serve.
});

const noConsole = !(await hasModules("ptyprocess"));
const why = noConsole ? " (ignored: pip install ptyprocess, or set CHAT_TEST_PYTHON)" : "";

Deno.test({
  name: `the smoke test of a console goes well with a Deno that behaves as on Windows${why}`,
  ignore: noConsole,
  async fn() {
    await using person = new Person();
    const script = fileURLToPath(new URL("console_smoke.py", import.meta.url));
    const program = [...DENO_RUN_AS_ON_WINDOWS, "--no-prompt", "-P=default", PROGRAM];
    const { code, stdout, stderr } = await new Deno.Command(PYTHON, {
      args: [script, ...program],
      env: { ...person.env, XDG_STATE_HOME: person.folder },
    }).output();
    const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals([code, text], [0, "a conversation at a console went well\n"], errors);
  },
});
