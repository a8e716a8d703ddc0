import { BuildError, deno } from "./deno.ts";
import type { Staging } from "./staging.ts";
import { missingStub } from "./stub.ts";
import type { Toolchain } from "./toolchain.ts";
import { V8_FLAGS } from "./v8_flags.ts";

/** The input and output of a compilation. */
export interface CompileOptions {
  /** The program. */
  readonly staging: Staging;
  /** The Deno that compiles it. */
  readonly toolchain: Toolchain;
  /** The target machine, by Deno's name. */
  readonly target: string;
  /** The output file. */
  readonly output: string;
}

/**
 * Compiles the program to one file that runs without Deno, with the default permissions of
 * deno.json. It never asks for more.
 *
 * @throws {BuildError} naming the places where Deno looked, if the stub for the target is missing.
 */
export async function compile(
  { staging, toolchain, target, output }: CompileOptions,
): Promise<void> {
  try {
    await deno([
      "compile",
      ...["--quiet", "-c", staging.config, "--no-lock", "--cached-only", "--no-npm", "--no-check"],
      // A compiled program keeps its code cache where all users may write (denoland/deno#36143).
      // The cache would contain little: modules of a command are loaded when that command runs.
      "--no-code-cache",
      ...["--target", target, "--app-name", "chat", "--output", output],
      ...["--no-prompt", "-P=default", `--v8-flags=${V8_FLAGS}`],
      staging.program,
    ], { env: { DENO_DIR: staging.cache } });
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    const missing = await missingStub(target, toolchain);
    if (missing.length === 0) {
      throw new BuildError(`Cannot compile for ${target}: ${error.message}`, { cause: error });
    }
    const [, cause = error.message] = /^ *1: (.*)$/m.exec(error.message) ?? []; // Deno's chain.
    const lines = [`Cannot compile for ${target}: there is no denort ${toolchain.version}`];
    throw new BuildError([...lines, ...missing, cause].join("\n  "), { cause: error });
  }
}
