import type { ClientCertificate, ShownCertificate, TlsOptions } from "../../client/net/tls.ts";
import type { tlsFlags } from "../flags/tls.ts";
import type { Context } from "../framework/command.ts";
import { UsageError } from "../framework/exit.ts";
import type { Values } from "../framework/flags.ts";
import { outputRows } from "../process/output_rows.ts";
import { waitForAbort } from "../process/wait_for_abort.ts";
import { promptOutput } from "./prompt_output.ts";
import { waitForTypeAhead } from "./type_ahead.ts";

/** The values of the TLS flags. */
export interface TlsValues extends Values<typeof tlsFlags> {
  /** The servers of a chat: each `HOST:PORT` or `unix:PATH`. */
  readonly server: readonly string[];
}

/**
 * Chooses the encryption for all connections to the servers of a chat, and asks the person if the
 * choice is theirs. Undefined means plaintext, and false means that plaintext was requested.
 *
 * @throws {UsageError} if flags do not go together.
 * @throws {ChatError} `untrusted`, if the server is not trusted; `unavailable`, if it does not
 * respond with a certificate; `invalid`, if a file cannot be used.
 */
export async function chooseClientTls(
  values: TlsValues,
  timeoutMs: number,
  { env, output: { report }, signal }: Context,
): Promise<TlsOptions | false | undefined> {
  const { server: addresses, tls, insecure, fingerprint, ca, cert, key } = values;
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError("--cert and --key go together: give both, or none");
  }
  const asksForTls = tls || [fingerprint, ca, cert].some((value) => value !== undefined);
  if (insecure && asksForTls) {
    throw new UsageError(
      "--insecure cannot be combined with --tls, --fingerprint, --ca, --cert or --key",
    );
  }
  const { needsTls } = await import("../../client/net/tls.ts");
  const areElsewhere = addresses.some(needsTls);
  if (insecure && areElsewhere) {
    report(
      "warning: not encrypted: anyone on the network path can read and change messages (--insecure)",
    );
  }
  if (insecure) return false;
  if (!asksForTls && !areElsewhere) return undefined;
  const { readAuthorities, readCertificate } = await import("../../platform/certificate.ts");
  const certificate: ClientCertificate | undefined = cert !== undefined && key !== undefined
    ? await readCertificate({ cert, key }, new Date())
    : undefined;
  if (fingerprint !== undefined) return { trust: { by: "certificate", fingerprint }, certificate };
  if (ca !== undefined) {
    return { trust: { by: "authority", ca: await readAuthorities(ca) }, certificate };
  }
  const { findTrust } = await import("../../client/net/trust.ts");
  const { KnownServers, knownServersPath } = await import("../../client/profile/known_servers.ts");
  const path = knownServersPath(env);
  const known = path === undefined ? undefined : new KnownServers(path);
  const output = promptOutput();
  const confirm = output &&
    ((shown: ShownCertificate, address: string) =>
      Promise.race([accepts(address, shown, output), waitForAbort(signal).then(() => false)]));
  const options = { certificate, known, confirm, report, timeoutMs, signal };
  const trust = await findTrust(addresses, options);
  return { trust, certificate };
}

/** Asks the person at the terminal whether this is the right server. */
async function accepts(
  server: string,
  { fingerprint, problem }: ShownCertificate,
  output: Pick<typeof Deno.stderr, "write" | "isTerminal">,
): Promise<boolean> {
  const rows = await outputRows({ timed: false, output });
  const write = (line: string) => output.write(new TextEncoder().encode(`${line}\n`));
  const tell = (line: string) => write(rows(line).join("\n"));
  const lines = answers();
  let line = lines.next();
  const noMore = waitForTypeAhead().then(() => undefined);
  // Input typed before the question does not answer it.
  while (await Promise.race([line, noMore]).then((early) => early && !early.done)) {
    line = lines.next();
  }
  await tell(`The server at ${server} is not known: ${problem}.`);
  // The terminal breaks this line, so that the fingerprint can be copied whole.
  await write(`SHA-256 of its certificate: ${fingerprint}`);
  await tell("Did the server print this fingerprint? Type yes to trust it from now on, or no:");
  for (let answer = await line; !answer.done; answer = await lines.next()) {
    if (/^(yes|no|n)$/i.test(answer.value)) return answer.value.toLowerCase() === "yes";
    await tell("Type yes or no:");
  }
  return false;
}

/**
 * Yields the typed lines. Reads once per line, so that no read is pending that would consume later
 * input.
 */
async function* answers(): AsyncGenerator<string, void> {
  const buffer = new Uint8Array(4096); // The most that a terminal returns as one line.
  const { KeyDecoder } = await import("../../client/editor/key_decoder.ts");
  const keys = new KeyDecoder(buffer.length); // The terminal may have sent more than these.
  for (let length = await Deno.stdin.read(buffer); length; length = await Deno.stdin.read(buffer)) {
    const typed = keys.read(buffer.subarray(0, length)).map((input) =>
      "text" in input ? input.text : ""
    );
    yield typed.join("").trim();
  }
}
