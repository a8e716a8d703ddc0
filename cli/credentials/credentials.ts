import type { JoinOptions } from "../../client.ts";
import type { Identity } from "../../client/profile/identity.ts";
import { identityFlags } from "../flags/identity.ts";
import { tlsFlags } from "../flags/tls.ts";
import type { Context } from "../framework/command.ts";
import type { Values } from "../framework/flags.ts";
import { chooseClientTls } from "./choose_tls.ts";
import { passwordFlag, type StdinUse, withPassword } from "./password.ts";
import { readPassword } from "./password_file.ts";

/** The flags by which a client and a server authenticate each other. */
export const credentialFlags = {
  ...identityFlags,
  ...tlsFlags,
  "password-file": passwordFlag,
};

/** The requirements for joining a server: its address, encryption and credentials. */
export type Credentials = Pick<JoinOptions, "address" | "tls" | "identity" | "password" | "meet">;

/** The sources of credentials. */
export interface CredentialsOptions {
  /** The values of the flags. */
  readonly values: Values<typeof credentialFlags> & { readonly server: readonly string[] };
  /** The command's access to its environment. */
  readonly context: Context;
  /** Returns the person's key. */
  readonly identify: (
    context: Context,
    values: Values<typeof identityFlags>,
  ) => Promise<Identity | undefined>;
  /** The time to keep trying to reach the server, in milliseconds. */
  readonly timeoutMs: number;
  /** The use of standard input. */
  readonly stdin: StdinUse;
}

/**
 * Runs `run` with the credentials for a server. If the server requires a password, asks for it and
 * runs `run` again.
 *
 * @throws {UsageError} if flags do not go together.
 * @throws {ChatError} `untrusted`, if the server is not trusted; `unauthenticated`, if no password
 * is accepted; and any error of `run`.
 * @throws {Error} in words for a person, if a file cannot be used.
 */
export async function withCredentials<T>(
  { values, context, identify, timeoutMs, stdin }: CredentialsOptions,
  run: (credentials: Credentials) => Promise<T>,
): Promise<T> {
  const identity = await identify(context, values);
  await context.ready?.(); // Signals are handled from here on, before any prompt.
  const file = values["password-file"];
  const known = file === undefined ? undefined : await readPassword(file); // Before any question.
  const tls = await chooseClientTls(values, timeoutMs, context);
  const meet = tls ? undefined : await plaintextServers(values.server, context);
  return await withPassword(
    { known, stdin },
    context,
    (password) => run({ address: values.server, tls, identity, password, meet }),
  );
}

/**
 * Remembers those servers of a chat that are on other machines. Servers on this one come and go.
 */
async function plaintextServers(
  addresses: readonly string[],
  { env, output }: Context,
): Promise<Credentials["meet"]> {
  const { needsTls } = await import("../../client/net/tls.ts");
  const elsewhere = addresses.filter(needsTls);
  if (elsewhere.length === 0) return undefined;
  const { KnownServers, knownServersPath } = await import("../../client/profile/known_servers.ts");
  const { PlaintextServers } = await import("../../client/profile/plaintext_servers.ts");
  const path = knownServersPath(env);
  if (path === undefined) return undefined;
  const servers = new PlaintextServers(new KnownServers(path), elsewhere, output.report);
  return async (id, address) => {
    if (elsewhere.includes(address)) await servers.meet(address, id);
  };
}
