import { PS } from "./system_programs.ts";

/**
 * True if this program was started with SIGHUP ignored, as by `nohup`, to outlive its terminal.
 * Call it before Deno listens to any signal: Deno then replaces the handling of SIGHUP. Only
 * Linux's `ps` reports this. On other systems, and without permission to run it, the answer is
 * false.
 */
export async function ignoresHangup(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const { state } = await Deno.permissions.query({ name: "run", command: PS });
  if (state !== "granted") return false;
  try {
    const args = ["-o", "ignored=", "-q", `${Deno.pid}`]; // With -p it reads all processes.
    const { success, stdout } = await new Deno.Command(PS, { args, stderr: "null" }).output();
    const mask = new TextDecoder().decode(stdout).trim();
    // In hexadecimal. The last bit is the first signal, SIGHUP.
    return success && (Number.parseInt(mask.slice(-1), 16) & 1) === 1;
  } catch {
    return false; // There is no such program here.
  }
}
