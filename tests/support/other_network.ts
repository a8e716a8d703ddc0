import type { StartOptions } from "./program.ts";

/** A network with an address that is not loopback. */
export interface OtherNetwork extends AsyncDisposable {
  /** Its address, which processes in that network can reach. */
  readonly host: string;
  /** Starts a process in it. */
  readonly there: Pick<StartOptions, "through">;
}

/** One of the addresses reserved for examples (RFC 5737), so that nobody owns it. */
const HOST = "192.0.2.1";

/** Creates a network namespace with that address, reports it, and keeps it until its input ends. */
const HOLD = `ip link set lo up && ip address add ${HOST}/32 dev lo && echo up && read -r _`;

/**
 * Finds a network with an IPv4 address that is not loopback, for behavior that must not depend on
 * loopback: this machine's, or else a new network namespace, which is removed when disposed.
 * Undefined if the machine does not allow that either.
 */
export async function openOtherNetwork(): Promise<OtherNetwork | undefined> {
  const own = Deno.networkInterfaces().find(({ address, family }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  if (own) return { host: own.address, there: {}, [Symbol.asyncDispose]: async () => {} };
  const unshare = new Deno.Command("unshare", {
    args: ["--map-root-user", "--net", "sh", "-c", HOLD],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
  let holder: Deno.ChildProcess;
  try {
    holder = unshare.spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const reader = holder.stdout.getReader();
  const { done } = await reader.read();
  const close = async () => {
    await Promise.all([holder.stdin.close().catch(() => {}), reader.cancel(), holder.status]);
  };
  if (done) return void await close();
  return {
    host: HOST,
    there: {
      through: ["nsenter", "--preserve-credentials", "--user", "--net", `--target=${holder.pid}`],
    },
    [Symbol.asyncDispose]: close,
  };
}
