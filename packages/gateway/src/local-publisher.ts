import type { Publisher } from "@headgate/bus";
import { type Message, MessageType } from "@headgate/chunk";
import type { GatewayContext } from "./context.ts";

/** A publisher within the process: what a recording or a clip is played from. */
export class LocalPublisher {
  readonly #context: GatewayContext;
  readonly #publisher: Publisher;

  constructor(context: GatewayContext, publisher: Publisher) {
    this.#context = context;
    this.#publisher = publisher;
  }

  /** Whether the stream is still this publisher's; false for good once another one has taken it over. */
  get active(): boolean {
    return this.#publisher.active;
  }

  /** Audio, video, or metadata, which is kept for later viewers. Timestamps are milliseconds and run on. */
  append({ type, timestamp, payload }: Pick<Message, "type" | "timestamp" | "payload">): void {
    const message = { type, timestamp, payload, messageStreamId: 0 };
    const nowMs = this.#context.now();
    if (type === MessageType.dataAmf0) this.#publisher.data(message, "onMetaData", nowMs);
    else this.#publisher.media(message, nowMs);
    this.#context.fanOut.changed(this.#publisher.stream);
  }

  end(): void {
    this.#publisher.end(this.#context.now());
    this.#context.fanOut.changed(this.#publisher.stream);
    this.#context.bus.release(this.#publisher.stream);
  }
}
