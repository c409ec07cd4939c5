import type { Publisher } from "@headgate/bus";
import type { Message } from "@headgate/chunk";
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

  /** Audio or video. Timestamps are milliseconds and run on. */
  media(message: Message): void {
    this.#publisher.media(message, this.#context.now());
    this.#context.fanOut.changed(this.#publisher.stream);
  }

  /** A data message in AMF0; `retain` names its handler if later viewers are to get it too. */
  data(message: Message, retain: string | undefined): void {
    this.#publisher.data(message, retain, this.#context.now());
    this.#context.fanOut.changed(this.#publisher.stream);
  }

  /** Ends without anybody's being waited for. */
  endForGood(): void {
    const { stream, active } = this.#publisher;
    this.end();
    if (!active) return;
    stream.endResume();
    this.#context.bus.release(stream);
  }

  end(): void {
    const { active } = this.#publisher;
    this.#publisher.end(this.#context.now());
    if (active) this.#context.relaying().unpublished(this.#publisher.stream);
    this.#context.fanOut.changed(this.#publisher.stream);
    this.#context.bus.release(this.#publisher.stream);
  }
}
