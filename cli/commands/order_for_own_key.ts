import type { ModerationResult } from "../../client/chat.ts";
import type { Identity } from "../../client/profile/identity.ts";
import { ChatError } from "../../room/errors.ts";
import type { ModerationCommand } from "../../room/moderation.ts";
import type { CredentialsOptions } from "../credentials/credentials.ts";
import { waitForAbort } from "../process/wait_for_abort.ts";
import { joinChat } from "./join_chat.ts";

/** The values of a command that sends one order. */
export type OrderValues = CredentialsOptions["values"] & { readonly timeout: number };

/**
 * Has a server execute a command about the names of the person's key. Returns undefined if the
 * program must finish before the answer.
 *
 * @throws {ChatError} if the server cannot be reached, does not let us in, or refuses.
 */
export async function orderForOwnKey(
  command: ModerationCommand,
  identity: Identity,
  credentials: Omit<CredentialsOptions, "identify" | "timeoutMs" | "stdin" | "values"> & {
    readonly values: OrderValues;
  },
): Promise<ModerationResult | undefined> {
  const { values, context: { signal } } = credentials;
  const left = new AbortController();
  void waitForAbort(signal).then(() => left.abort());
  await using chat = await joinChat({
    ...credentials,
    identify: () => Promise.resolve(identity),
    timeoutMs: values.timeout,
    stdin: "nothing",
  }, { unlisted: true, last: 0, signal: left.signal });
  try {
    return await chat?.order(command);
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof ChatError && error.code === "unsupported")) throw error;
    throw new ChatError("invalid", error.message, { cause: error }); // It was reached, but refuses.
  }
}
