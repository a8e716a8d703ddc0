import type { JoinOptions } from "../../client.ts";
import type { Identity } from "../../client/profile/identity.ts";
import { tlsFlags } from "../flags/tls.ts";
import type { Context } from "../framework/command.ts";
import type { Values } from "../framework/flags.ts";
import { chooseClientTls } from "./choose_tls.ts";
import { passwordFlag, type StdinUse, withPassword } from "./password.ts";

/** The flags by which a client and a server know each other for who they are. */
export const credentialFlags = { ...tlsFlags, "password-file": passwordFlag };

/** What it takes to be let in by a server that is the right one. */
export type Credentials = Pick<JoinOptions, "address" | "tls" | "identity" | "password" | "meet">;

/** What to get credentials by. */
export interface CredentialsOptions {
  /** The values of the flags. */
  readonly values: Values<typeof credentialFlags> & { readonly server: string };
  /** What the command has of the world. */
  readonly context: Context;
  /** Gets the person's key. */
  readonly identify: (context: Context) => Promise<Identity | undefined>;
  /** How long to go on trying to reach the server, in milliseconds. */
  readonly timeoutMs: number;
  /** What standard input is there for. */
  readonly stdin: StdinUse;
}

/**
 * Does something at a server with all that it takes to be let in; anew, where it turns out
 * that it takes a password, which is then asked for.
 *
 * @throws {UsageError} if flags do not go together.
 * @throws {ChatError} `untrusted`, if there is no trust in the server; `unauthenticated`, if
 * there is no password that it takes; and what `run` throws.
 * @throws {Error} in words for a person, if a file cannot be used.
 */
export async function withCredentials<T>(
  { values, context, identify, timeoutMs, stdin }: CredentialsOptions,
  run: (credentials: Credentials) => Promise<T>,
): Promise<T> {
  const identity = await identify(context);
  await context.ready; // What is typed from here on comes with signals.
  const tls = await chooseClientTls(values, timeoutMs, context);
  const meet = tls ? undefined : await plaintextServers(values.server, context);
  return await withPassword(
    { file: values["password-file"], stdin },
    context,
    (password) => run({ address: values.server, tls, identity, password, meet }),
  );
}

/** Remembers the server at `address`, if it is on another machine; those on this one come and go. */
async function plaintextServers(
  address: string,
  { env, output }: Context,
): Promise<Credentials["meet"]> {
  const { needsTls } = await import("../../client/net/tls.ts");
  if (!needsTls(address)) return undefined;
  const { KnownServers, knownServersPath } = await import("../../client/profile/known_servers.ts");
  const { PlaintextServers } = await import("../../client/profile/plaintext_servers.ts");
  const path = knownServersPath(env);
  if (path === undefined) return undefined;
  const servers = new PlaintextServers(new KnownServers(path), output.report);
  return (id) => servers.meet(address, id);
}
