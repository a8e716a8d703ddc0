import type { JoinOptions } from "../../client.ts";
import type { Chat } from "../../client/chat.ts";
import type { ConnectionReport } from "../../client/stream/connection_report.ts";
import { ChatError } from "../../room/errors.ts";
import {
  type Credentials,
  type CredentialsOptions,
  withCredentials,
} from "../credentials/credentials.ts";

/** The options of a command for joining, besides its credentials. */
type ChatOptions =
  & Omit<JoinOptions, keyof Credentials | "timeoutMs" | "onRetry" | "signal">
  & { readonly signal: AbortSignal };

/**
 * Joins a chat for a command: gets the credentials, asking the person if necessary, and reports
 * once why there is no connection yet. Returns undefined if `signal` is aborted before the server
 * has let us in.
 *
 * @throws {ChatError} when the server cannot be reached, or does not let us in.
 */
export async function joinChat(
  credentials: CredentialsOptions,
  options: ChatOptions,
): Promise<Chat | undefined> {
  const { timeoutMs, context } = credentials;
  let connection: ConnectionReport | undefined; // The same one while passwords are tried.
  try {
    return await withCredentials(credentials, async (found) => {
      const client = await import("../../client.ts");
      const { ConnectionReport } = await import("../../client/stream/connection_report.ts");
      const report = connection ??= new ConnectionReport(context.output.report);
      const onRetry: JoinOptions["onRetry"] = (failure) => report.record(failure);
      return await client.join({ ...options, ...found, timeoutMs, onRetry }).catch(suggestName);
    });
  } catch (error) {
    if (options.signal.aborted && error === options.signal.reason) return undefined;
    throw error;
  }
}

/** Adds the flag for another name to the refusal of a name. */
export function suggestName(error: unknown): never {
  if (!(error instanceof ChatError && error.code === "taken")) throw error;
  const message = `${error.message} (--name NAME joins under another)`;
  throw new ChatError(error.code, message, { cause: error });
}
