import { ChatError } from "../../room/errors.ts";
import type { Context } from "../framework/command.ts";
import { file } from "../framework/flag_kinds.ts";
import type { Flag } from "../framework/flags.ts";
import { HiddenInput } from "./hidden_input.ts";
import { promptOutput } from "./prompt_output.ts";

/** The number of times that a person may type the password. */
const MAX_TRIES = 3;

/** `--password-file` of clients. */
export const passwordFlag: Flag<string | undefined> = file({
  value: "FILE",
  help: "file with the password, if the server requires one",
  fallbackHelp: "a prompt on the terminal",
});

/** The sources of a password. */
export interface PasswordSource {
  /** The password, if nobody needs to type it. */
  readonly known: string | undefined;
  /** The use of standard input. */
  readonly stdin: StdinUse;
}

/**
 * The use of standard input. `nothing`: only for prompts. `chat`: for a chat once it has begun, so
 * keys are hidden until then. `input`: for data, so there is nobody to ask.
 */
export type StdinUse = "nothing" | "chat" | "input";

/**
 * Runs `run` with a password, if the server requires one: with the known one, or else first
 * without one and then with the typed password, until it is accepted or the tries are used up. A
 * person who cancels the prompt cancels the operation.
 */
export async function withPassword<T>(
  { known, stdin }: PasswordSource,
  context: Pick<Context, "signal" | "hangUp" | "onContinue">,
  run: (password: string | undefined) => Promise<T>,
): Promise<T> {
  using stack = new DisposableStack();
  const output = stdin === "input" ? undefined : promptOutput();
  const hide = output && (() => stack.use(new HiddenInput({ ...context, output })));
  // Only a command that will read the terminal may change it now: in the background that would stop
  // the job.
  let keys = stdin === "chat" ? hide?.() : undefined;
  if (known !== undefined) return await run(known);
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
