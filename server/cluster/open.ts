import { ChatError } from "../../room/errors.ts";
import type { ClusterOptions } from "../cluster_options.ts";
import type { Engine } from "./engine.ts";

/**
 * Connects to the engine that the options name, and prepares the journals of the chat.
 *
 * @throws {ChatError} `unavailable`, if it cannot be reached or used.
 */
export function openCluster(_options: ClusterOptions): Promise<Engine> {
  throw new ChatError("unavailable", "not built yet");
}
