import {
  type HealthListResponseMessage,
  SERVING_STATUS,
  type ServingStatus,
} from "../../proto/health.ts";
import { chatFile } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { Wakeup } from "../../room/wakeup.ts";
import type { Availability } from "../access/availability.ts";
import { nextTick } from "../event_loop.ts";

/** The service name that stands for the whole server in health checks. */
const WHOLE_SERVER = "";

/**
 * Whether the server can do work: it accepts connections, can store notes, has its engine if it has
 * one, and is not draining.
 */
export class Health {
  /** The known services. All have the same status. */
  readonly #services: readonly string[] = [WHOLE_SERVER, ...chatFile.services];
  readonly #watchers = new Set<Wakeup>();
  readonly #availability: Availability;
  #accepts = true;
  #canStore = true;
  #isDraining = false;

  constructor(availability: Availability) {
    this.#availability = availability;
    availability.listen(() => this.#notify());
  }

  /**
   * Returns the status of a service.
   *
   * @throws {ChatError} `missing`, if there is no such service.
   */
  check(service: string): ServingStatus {
    const status = this.#serviceStatus(service);
    if (status !== SERVING_STATUS.SERVICE_UNKNOWN) return status;
    // Does not repeat the requested name, which may be as long as a request.
    const known = this.#services.map((name) => `"${name}"`).join(" and ");
    throw new ChatError("missing", `No such service: there is ${known}`);
  }

  /** Returns the status of all services. */
  list(): HealthListResponseMessage {
    const status = this.#status();
    return { statuses: Object.fromEntries(this.#services.map((name) => [name, { status }])) };
  }

  /**
   * Yields the status of a service, at once and whenever it changes.
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

  /** Whether connections are accepted. */
  set accepts(accepts: boolean) {
    this.#accepts = accepts;
    this.#notify();
  }

  /** Whether notes can be stored. */
  set canStore(canStore: boolean) {
    this.#canStore = canStore;
    this.#notify();
  }

  get isServing(): boolean {
    const { isAvailable } = this.#availability;
    return this.#accepts && this.#canStore && isAvailable && !this.#isDraining;
  }

  /** Reports from now on that no service is serving. Resolves once watchers could be notified. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#notify();
    if (this.#watchers.size === 0) return;
    // By the next tick it was written to all watchers; a stalled one is not waited for.
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
