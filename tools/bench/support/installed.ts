import { dirname } from "node:path";
import { DENO_RUN, ROOT } from "../../build/project.ts";

/** A `PATH` whose commands find the same Deno that runs this process. */
export const PATH = `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}`;

/** Installs the command in `root`, as `deno task install` does, and returns its path. */
export async function installed(root: string): Promise<string> {
  const task = [...DENO_RUN.slice(1), "-P=build", `${ROOT}tools/build/mod.ts`, "install"];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [...task, "--root", root],
    env: { PATH },
    stdout: "null",
  }).output();
  if (!success) throw new Error("the command cannot be installed");
  return `${root}/bin/chat`;
}
