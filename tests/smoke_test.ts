import { graph } from "../build/graph.ts";
import { programPermissions } from "../build/project.ts";
import { Staging } from "../build/staging.ts";
import { toolchain } from "../build/toolchain.ts";
import { smoke } from "./smoke.ts";
import { hasTmux } from "./terminal.ts";

Deno.test({
  name: "the program can all it does with what a compiled file has: its modules and permissions",
  ignore: !(await hasTmux()),
  async fn() {
    await using staging = await Staging.make(await graph(), await toolchain());
    const run = ["run", "-q", "-c", staging.config, "--cached-only", "--node-modules-dir=none"];
    const permissions = await programPermissions();
    const env = `DENO_DIR=${staging.cache}`;
    await smoke(["env", env, Deno.execPath(), ...run, ...permissions, staging.program]);
  },
});
