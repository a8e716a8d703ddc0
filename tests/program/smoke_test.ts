import { graph } from "../../tools/build/graph.ts";
import { Staging } from "../../tools/build/staging.ts";
import { toolchain } from "../../tools/build/toolchain.ts";
import { hasTmux } from "../support/terminal.ts";
import { smoke } from "./smoke.ts";

Deno.test({
  name: "the program works with only the modules and permissions of a compiled file",
  ignore: !(await hasTmux()),
  async fn() {
    await using staging = await Staging.make(await graph(), await toolchain());
    const run = ["run", "-q", ...staging.configFlags, "--cached-only", "--node-modules-dir=none"];
    const env = `DENO_DIR=${staging.cache}`;
    const program = ["--no-prompt", "-P=default", staging.program];
    await smoke(["env", env, Deno.execPath(), ...run, ...program]);
  },
});
