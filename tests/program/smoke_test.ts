import { assertEquals } from "@std/assert";
import { fileURLToPath, pathToFileURL } from "node:url";
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

Deno.test("the help of a compiled file loads nothing of Node", async () => {
  await using staging = await Staging.make(await graph(), await toolchain());
  const loaded: string[] = [];
  const load = async (file: string) => {
    const text = await Deno.readTextFile(new URL(file, pathToFileURL(staging.program)));
    const imports = Array.from(text.matchAll(/^(?:import|\}).* ?"(.+)";$/gm), ([, name]) => name!);
    loaded.push(...imports);
    for (const name of imports) if (name.startsWith("./")) await load(name);
  };
  await load("./mod.js");
  assertEquals(loaded.filter((name) => !name.startsWith("./")), []);
  assertEquals(loaded.length > 0, true);
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
