import { ChatError } from "../../room/errors.ts";
import type { Context } from "../framework/command.ts";
import { file } from "../framework/flag_kinds.ts";
import type { Flag } from "../framework/flags.ts";
import { HiddenInput } from "./hidden_input.ts";
import { readPassword } from "./password_file.ts";
import { promptOutput } from "./prompt_output.ts";

/** How often a person may type the password. */
const MAX_TRIES = 3;

/** `--password-file` of those who join. */
export const passwordFlag: Flag<string | undefined> = file({
  value: "FILE",
  help: "file with the password, for a server that wants one",
  fallbackHelp: "it is asked for on a terminal",
});

/** Where a password may come from. */
export interface PasswordSource {
  /** The file that it is in. */
  readonly file: string | undefined;
  /** What standard input is there for. */
  readonly stdin: StdinUse;
}

/**
 * What standard input is there for: a terminal for `nothing` but to be asked on, or for a
 * `chat` once that has begun, so that the keys are hidden until then; or `input`, where there
 * is nobody to ask.
 */
export type StdinUse = "nothing" | "chat" | "input";

/**
 * Does something that may take a password: with the one in the file, or else with none and
 * then with what the person types, as long as the server wants one or another one. Who stops
 * it at the question stops what is to be done.
 */
export async function withPassword<T>(
  { file, stdin }: PasswordSource,
  context: Pick<Context, "signal" | "hangUp" | "onContinue">,
  run: (password: string | undefined) => Promise<T>,
): Promise<T> {
  using stack = new DisposableStack();
  const output = stdin === "input" ? undefined : promptOutput();
  const hide = output && (() => stack.use(new HiddenInput({ ...context, output })));
  // Only what will read the terminal may change it unasked: in the background that is a stop.
  let keys = stdin === "chat" ? hide?.() : undefined;
  if (file !== undefined) return await run(await readPassword(file));
  let password: string | undefined;
  for (let asked = 0;; asked++) {
    try {
      return await run(password);
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== "unauthenticated") throw error;
      if (!hide) {
        throw new ChatError(error.code, `${error.message} (--password-file)`, { cause: error });
      }
      if (asked === MAX_TRIES) throw error;
      keys ??= hide();
      password = await keys.ask(asked === 0 ? "Password: " : "Wrong password. Password: ");
      if (password === undefined && !context.signal.aborted) throw error;
    }
  }
}
