import {
  type HealthListResponseMessage,
  SERVING_STATUS,
  type ServingStatus,
} from "../../proto/health.ts";
import { chatFile } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { Wakeup } from "../../room/wakeup.ts";
import { nextTick } from "../event_loop.ts";

/** The name under which health checks ask for the server as a whole. */
const WHOLE_SERVER = "";

/**
 * Whether a server can take work: as long as connections come in and notes can be kept, until it
 * drains.
 */
export class Health {
  /** The services that it answers for: all have the same status. */
  readonly #services: readonly string[] = [WHOLE_SERVER, ...chatFile.services];
  readonly #watchers = new Set<Wakeup>();
  #accepts = true;
  #canStore = true;
  #isDraining = false;

  /**
   * How a service is right now.
   *
   * @throws {ChatError} `missing`, if there is no such service.
   */
  check(service: string): ServingStatus {
    const status = this.#serviceStatus(service);
    if (status !== SERVING_STATUS.SERVICE_UNKNOWN) return status;
    // Without its name, which may be as long as a request.
    const known = this.#services.map((name) => `"${name}"`).join(" and ");
    throw new ChatError("missing", `No such service: there is ${known}`);
  }

  /** How all services are right now. */
  list(): HealthListResponseMessage {
    const status = this.#status();
    return { statuses: Object.fromEntries(this.#services.map((name) => [name, { status }])) };
  }

  /**
   * How a service is, at once and whenever it changes.
   *
   * @throws the reason of `signal`, once it is aborted.
   */
  async *watch(service: string, signal: AbortSignal): AsyncGenerator<ServingStatus, never> {
    const wakeup = new Wakeup();
    this.#watchers.add(wakeup);
    try {
      let last: ServingStatus | undefined;
      while (true) {
        const status = this.#serviceStatus(service);
        if (status !== last) yield last = status;
        await wakeup.wait(signal);
      }
    } finally {
      this.#watchers.delete(wakeup);
    }
  }

  /** Whether connections come in. */
  set accepts(accepts: boolean) {
    this.#accepts = accepts;
    this.#notify();
  }

  /** Whether notes can be kept. */
  set canStore(canStore: boolean) {
    this.#canStore = canStore;
    this.#notify();
  }

  /** Whether the server takes work. */
  get isServing(): boolean {
    return this.#accepts && this.#canStore && !this.#isDraining;
  }

  /** Says from now on that no service takes work, and lets the watchers know before it resolves. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#notify();
    if (this.#watchers.size === 0) return;
    // By the next turn it is written to all of them; a stalled one is not waited for.
    await nextTick();
  }

  #notify(): void {
    for (const wakeup of this.#watchers) wakeup.notify();
  }

  #serviceStatus(service: string): ServingStatus {
    return this.#services.includes(service) ? this.#status() : SERVING_STATUS.SERVICE_UNKNOWN;
  }

  #status(): ServingStatus {
    return this.isServing ? SERVING_STATUS.SERVING : SERVING_STATUS.NOT_SERVING;
  }
}
