import type { JoinOptions, SharedConnections } from "../../client.ts";
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

/** The first of several chats, and what it takes to join the others. */
export interface FirstChat {
  readonly chat: Chat;
  /**
   * Joins another room of the same server, with the same credentials and over the same connection.
   *
   * @throws like `join()`.
   */
  readonly joinMore: (options: ChatOptions & Pick<JoinOptions, "onRetry">) => Promise<Chat>;
}

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
  return (await joinFirstChat(credentials, options))?.chat;
}

/** Like {@linkcode joinChat}; with `connections`, for a command that joins more rooms over them. */
export async function joinFirstChat(
  credentials: CredentialsOptions,
  options: ChatOptions,
  connections?: SharedConnections,
): Promise<FirstChat | undefined> {
  const { timeoutMs, context } = credentials;
  let connection: ConnectionReport | undefined; // The same one while passwords are tried.
  try {
    return await withCredentials(credentials, async (found) => {
      const client = await import("../../client.ts");
      const { ConnectionReport } = await import("../../client/stream/connection_report.ts");
      const report = connection ??= new ConnectionReport(context.output.report);
      const onRetry: JoinOptions["onRetry"] = (failure) => report.record(failure);
      const joinMore: FirstChat["joinMore"] = (options) =>
        client.join({ ...options, ...found, timeoutMs, connections }).catch(suggestName);
      return { chat: await joinMore({ ...options, onRetry }), joinMore };
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
