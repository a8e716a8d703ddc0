import { escapeText } from "../../text/escape.ts";
import { chooseClientTls } from "../credentials/choose_tls.ts";
import { commonFlags } from "../flags/common.ts";
import { tlsFlags } from "../flags/tls.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import type { Values } from "../framework/flags.ts";
import { reportAnswer } from "./report_answer.ts";

const { server, timeout } = commonFlags;

const flags = { server, ...tlsFlags, timeout };

/** The reasons why a server does not serve; the protocol does not say which it is. */
const NOT_SERVING = "it is stopping, cannot store notes, or accepts no connections";

export const health = command({
  description:
    `Asks a server once for its health, and prints "serving" or "not serving". Use it as a container
health check. It joins no room and needs no key or password, even on a members-only server. It uses
the gRPC health checking protocol. Several servers are asked in turn, until one serves.`,
  flags,
  examples: [
    ["", "check the server on this machine, in plaintext"],
    [
      "--server localhost --tls --ca chat.db.crt",
      "the same over TLS, with the server's self-signed certificate",
    ],
  ],
  exits: [
    [EXIT.done, "it serves; of several servers, one does"],
    [EXIT.failed, `${NOT_SERVING}; or a signal stopped the command`],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, or does not support health checks"],
    [EXIT.refused, "the server is not trusted, or does not accept this certificate"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { output, signal } = context;
  const { server: addresses, timeout: timeoutMs } = values;
  try {
    const tls = await chooseClientTls(values, timeoutMs, context);
    const { checkHealth } = await import("../../client/admin/health.ts");
    const { address, serves } = await checkHealth({ addresses, tls, timeoutMs, signal });
    if (serves) reportAnswer(address, addresses, output);
    await output.print(serves ? "serving\n" : "not serving\n");
    if (serves) return EXIT.done;
    output.report(`error: "${escapeText(address)}" answers, but ${NOT_SERVING}: see its log`);
    return EXIT.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    return EXIT.failed;
  }
}
