import type { Retention } from "../../../room/state/log.ts";
import { MemoryLog } from "../memory/log.ts";
import type { Replicas, ReplicaStart } from "./replica.ts";

/** Replicas in memory: everything is read from the journal again when the server starts. */
export class MemoryReplicas implements Replicas {
  readonly #retention: Retention;

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  open(_room: string, start: ReplicaStart): Promise<MemoryLog> {
    return Promise.resolve(new MemoryLog(this.#retention, start));
  }

  remove(): Promise<void> {
    return Promise.resolve();
  }

  retain(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
