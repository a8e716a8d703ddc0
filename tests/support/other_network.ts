import type { StartOptions } from "./program.ts";

/** A place with an address that is not loopback. */
export interface OtherNetwork extends AsyncDisposable {
  /** The address, which processes that are there reach. */
  readonly host: string;
  /** Starts a process there. */
  readonly there: Pick<StartOptions, "through">;
}

/** One of the addresses set aside for examples (RFC 5737), so that it is nobody's. */
const HOST = "192.0.2.1";

/** Gives a network of its own that address, says so, and keeps it for as long as there is input. */
const HOLD = `ip link set lo up && ip address add ${HOST}/32 dev lo && echo up && read -r _`;

/**
 * Finds a place with an IPv4 address that is not loopback, for what must not depend on that: this
 * machine; or, where it has none, a network of its own that is gone when this is disposed.
 * Undefined where the machine does not allow that either.
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
