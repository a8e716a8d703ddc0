import type { Identity } from "../../client/profile/identity.ts";
import { escapeText } from "../../text/escape.ts";
import { IDENTITY_VARIABLE, type identityFlags } from "../flags/identity.ts";
import type { Context } from "../framework/command.ts";
import { UsageError } from "../framework/exit.ts";
import type { Values } from "../framework/flags.ts";

/** The parts of a command's environment that are needed to find a key. */
type KeyContext = Pick<Context, "env" | "output">;

/** The values of the flags for the key. */
type IdentityValues = Values<typeof identityFlags>;

/** The source of a key: a file, which the person has named or not, or the text in a variable. */
interface Source {
  readonly path: string;
  readonly isNamed: boolean;
  readonly text?: string;
}

/**
 * A secret instead of a path, which must not be shown, even if it is no key of this program: PEM,
 * or text in base64 that is a key in DER or PEM; or anything of more than one line.
 */
const SECRET = /-----BEGIN|[\r\n]|^\s*(?:M[A-P]|LS0t)[A-Za-z0-9+/=_-]{38,}\s*$|^\s*MC4CAQ/;

/** The start of the report that there is no key. */
const NO_KEY = "You have no key, so no name is yours";
const NO_PLACE = "there is no place for one: set HOME, or give --identity FILE";

/**
 * Returns the person's key, if there is one.
 *
 * @throws {UsageError} if flags do not go together.
 * @throws {KeyFileError} if the key cannot be used, or the file that the person has named is
 * missing.
 */
export async function loadIdentity(
  context: Pick<KeyContext, "env">,
  values: IdentityValues,
): Promise<Identity | undefined> {
  const source = await findSource(context, values);
  return source && await readExisting(source, () => {});
}

/**
 * Returns the person's key. If there is none, a person at a terminal gets one; a program does not,
 * because its home may be gone after the run, and the names of a lost key stay taken.
 *
 * Without a key, reports that there is none, unless the person has asked for none.
 *
 * @throws like {@linkcode loadIdentity}.
 */
export async function loadOrMakeIdentity(
  context: KeyContext,
  values: IdentityValues,
): Promise<Identity | undefined> {
  const source = await findSource(context, values);
  const { report } = context.output;
  let isHidden = false;
  const identity = source && await readExisting(source, (reason) => {
    isHidden = true;
    report(`${NO_KEY}: ${reason}`);
  });
  if (identity || isHidden || values["no-identity"]) return identity;
  if (!source) report(`${NO_KEY}: ${NO_PLACE}`);
  else if (isPersonHere(context)) return await makeIdentity(source, context);
  else report(`${NO_KEY}: chat whoami makes one, and --no-identity asks for none`);
  return undefined;
}

/**
 * Returns the key for `chat whoami`, which makes one if there is none: in the file that the person
 * has named, or in their configuration folder. Returns undefined if it cannot be made, which has
 * been reported then.
 *
 * @throws like {@linkcode loadIdentity}, but not if the file is missing.
 */
export async function loadOrMakeNamedIdentity(
  context: KeyContext,
  values: IdentityValues,
): Promise<Identity | undefined> {
  const source = await findSource(context, values);
  if (!source) {
    const why = values["no-identity"] ? "--no-identity asks for none" : NO_PLACE;
    context.output.report(`error: There is no key: ${why}`);
    return undefined;
  }
  return await readSource(source) ?? await makeIdentity(source, context);
}

/** Returns the source of the person's key; undefined if they want none, or have no place for one. */
async function findSource(
  { env }: Pick<KeyContext, "env">,
  { identity: given, "no-identity": wantsNone }: IdentityValues,
): Promise<Source | undefined> {
  const isFlag = given !== undefined && given !== env(IDENTITY_VARIABLE);
  if (isFlag && wantsNone) {
    throw new UsageError("--identity and --no-identity exclude each other: give only one");
  }
  if (isFlag && SECRET.test(given)) {
    const hint = `put the key in a file, or in ${IDENTITY_VARIABLE}`;
    throw new UsageError(`--identity: other users of this machine could see a key in it: ${hint}`);
  }
  if (wantsNone) return undefined;
  if (given === undefined) {
    const { keyPath } = await import("../../client/profile/key_file.ts");
    const path = keyPath(env);
    return path === undefined ? undefined : { path, isNamed: false };
  }
  return SECRET.test(given)
    ? { path: IDENTITY_VARIABLE, isNamed: true, text: given }
    : { path: given, isNamed: true };
}

/**
 * Reads a key; undefined if there is none in the person's own folder, or if that cannot be entered,
 * as when a container runs with the home of another user. In a file that they have named there must
 * be one: a mistyped path must not become another identity.
 *
 * @param onHidden Called with the reason why the folder cannot be entered.
 * @throws {KeyFileError} if it cannot be used, or is missing.
 */
async function readExisting(
  source: Source,
  onHidden: (reason: string) => void,
): Promise<Identity | undefined> {
  const { KeyFileError, KeyFolderError } = await import("../../client/profile/key_file.ts");
  const { path, isNamed } = source;
  try {
    const identity = await readSource(source);
    if (identity || !isNamed) return identity;
  } catch (error) {
    if (isNamed || !(error instanceof KeyFolderError)) throw error;
    onHidden(error.message);
    return undefined;
  }
  const words = `there is no such file: chat whoami --identity ${path} makes one`;
  throw new KeyFileError(`Cannot use the key "${path}": ${words}`);
}

/**
 * Reads a key; undefined if there is none yet.
 *
 * @throws {KeyFileError} if it cannot be used.
 */
async function readSource({ path, isNamed, text }: Source): Promise<Identity | undefined> {
  const { parseKey, readKey } = await import("../../client/profile/key_file.ts");
  return text === undefined ? await readKey(path, { isNamed }) : await parseKey(text, path);
}

/** Makes a key, unless another program has just made it. Reports if it cannot be made. */
async function makeIdentity(
  { path, isNamed }: Source,
  { output: { report } }: Pick<KeyContext, "output">,
): Promise<Identity | undefined> {
  const { readOrMakeKey } = await import("../../client/profile/key_file.ts");
  const identity = await readOrMakeKey(path, report);
  if (identity && isNamed) report(`made a new key: ${escapeText(path)}`);
  return identity;
}

/**
 * Whether a person runs this command, in a home that is theirs: at a terminal, which build services
 * have too, but these set `CI`.
 */
function isPersonHere({ env }: Pick<KeyContext, "env">): boolean {
  const isOnTerminal = [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
  return isOnTerminal && (env("CI") ?? "") === "";
}
