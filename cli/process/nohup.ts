import { PS } from "./system_programs.ts";

/**
 * Whether this program was started with SIGHUP ignored, as by `nohup`, to outlive its terminal. Ask
 * before Deno listens to any signal: it takes SIGHUP over then. Only Linux's `ps` knows; on other
 * systems, and where it may not be run, the answer is no.
 */
export async function ignoresHangup(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const { state } = await Deno.permissions.query({ name: "run", command: PS });
  if (state !== "granted") return false;
  try {
    const args = ["-o", "ignored=", "-p", `${Deno.pid}`];
    const { success, stdout } = await new Deno.Command(PS, { args, stderr: "null" }).output();
    const mask = new TextDecoder().decode(stdout).trim();
    // In hexadecimal, the first signal, which is SIGHUP, is the last bit.
    return success && (Number.parseInt(mask.slice(-1), 16) & 1) === 1;
  } catch {
    return false; // There is no such program here.
  }
}
