import { chooseClientTls } from "../credentials/choose_tls.ts";
import { commonFlags } from "../flags/common.ts";
import { tlsFlags } from "../flags/tls.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import type { Values } from "../framework/flags.ts";

const { server, timeout } = commonFlags;

const flags = { server, ...tlsFlags, timeout };

/** `chat health`. */
export const health = command({
  description:
    `Asks a server once whether it is fit to be given work, and prints serving or not serving: for what
watches over it, such as the health check of a container. It joins nothing, and needs neither a key nor a password,
also where not everybody is let in. It asks by the health checking protocol of gRPC.`,
  flags,
  examples: [
    ["", "the server on this machine, in plaintext"],
    [
      "--server localhost --tls --ca chat.db.crt",
      "the same, where it encrypts with the certificate that it made for itself",
    ],
  ],
  exits: [
    [EXIT.done, "it serves"],
    [EXIT.failed, "it does not serve: it is stopping; or this was stopped by a signal"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, or answers no health checks"],
    [EXIT.refused, "the server is not to be trusted, or does not want this certificate"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { output, signal } = context;
  const { server: address, timeout: timeoutMs } = values;
  try {
    const tls = await chooseClientTls(values, timeoutMs, context);
    const { isServing } = await import("../../client/admin/health.ts");
    const serves = await isServing({ address, tls, timeoutMs, signal });
    await output.print(serves ? "serving\n" : "not serving\n");
    return serves ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    return EXIT.failed;
  }
}
