import type { Logger } from "pino";
import type { GatewayEvents } from "./gateway.ts";

type EventName = keyof GatewayEvents;

type Handler<Event extends EventName> = (event: GatewayEvents[Event]) => void | Promise<void>;

/** The handlers of a program. What they throw is logged and harms nothing else. */
export class Handlers {
  readonly #byEvent = new Map<EventName, readonly Handler<never>[]>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  add<Event extends EventName>(event: Event, handler: Handler<Event>): () => void {
    // The same function may be added twice.
    const added: Handler<Event> = (what) => handler(what);
    this.#byEvent.set(event, [...this.of(event), added]);
    return () => {
      this.#byEvent.set(
        event,
        this.of(event).filter((each) => each !== added),
      );
    };
  }

  of<Event extends EventName>(event: Event): readonly Handler<Event>[] {
    return (this.#byEvent.get(event) ?? []) as readonly Handler<Event>[];
  }

  /** Tells all of them what has happened, and waits for none. */
  tell<Event extends EventName>(event: Event, what: GatewayEvents[Event]): void {
    for (const handler of this.of(event)) void this.call(event, handler, what);
  }

  /** Resolves with whether the handler has come to its end. */
  async call<Event extends EventName>(
    event: Event,
    handler: Handler<Event>,
    what: GatewayEvents[Event],
  ): Promise<boolean> {
    try {
      await handler(what);
      return true;
    } catch (error) {
      this.#log.error({ event, err: error }, "handler failed");
      return false;
    }
  }
}
