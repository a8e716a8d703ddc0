import { graph } from "../../tools/build/graph.ts";
import { programPermissions } from "../../tools/build/project.ts";
import { Staging } from "../../tools/build/staging.ts";
import { toolchain } from "../../tools/build/toolchain.ts";
import { hasTmux } from "../support/terminal.ts";
import { smoke } from "./smoke.ts";

Deno.test({
  name: "the program works with only the modules and permissions of a compiled file",
  ignore: !(await hasTmux()),
  async fn() {
    await using staging = await Staging.make(await graph(), await toolchain());
    const run = ["run", "-q", "-c", staging.config, "--cached-only", "--node-modules-dir=none"];
    const permissions = await programPermissions();
    const env = `DENO_DIR=${staging.cache}`;
    await smoke(["env", env, Deno.execPath(), ...run, ...permissions, staging.program]);
  },
});
