import type { Stream } from "@headgate/bus";
import type { ClientContext, ClientStreamRequest } from "@headgate/client";
import type { Flushable, Gateway, StreamSource, Subscription } from "@headgate/gateway";
import type { ClientEvent, RtmpUrl } from "@headgate/session";
import { Relay, type RelayOwner } from "./relay.ts";
import type { RelayStatus } from "./relay-status.ts";
import { urlFor } from "./url-template.ts";

/** About as much as is written at once. Bytes. */
const MAX_WRITE_BYTES = 256 * 1024;

export interface PushContext {
  readonly gateway: Gateway;
  readonly outgoing: ClientContext;
}

/** Sends one stream to one server, from a cursor of its own: however slow that server is, nothing else waits for it. */
export class Push implements RelayOwner, Flushable {
  lastPass = 0;
  readonly #context: PushContext;
  readonly #stream: Stream;
  readonly #url: RtmpUrl;
  readonly #via: readonly string[];
  readonly #onOver: () => void;
  readonly #relay: Relay;
  #subscription: Subscription | undefined;

  constructor(
    context: PushContext,
    stream: Stream,
    template: RtmpUrl,
    { query, via }: StreamSource,
    onOver: () => void,
  ) {
    this.#context = context;
    this.#stream = stream;
    const { application, name } = stream.key;
    this.#url = urlFor(template, { application, stream: name, query });
    this.#via = [context.gateway.id, ...via];
    this.#onOver = onOver;
    this.#relay = new Relay(context.outgoing, { kind: "push", stream: stream.key.path }, this);
  }

  get status(): RelayStatus {
    return this.#relay.status;
  }

  start(): void {
    this.#relay.start();
  }

  end(): void {
    this.#relay.guard.run(() => this.#relay.end());
  }

  /** Called a few times a second: until it has joined the stream, it does not hear of the stream's end. */
  sweep(): void {
    if (!this.#subscription && !this.#stream.live) this.end();
  }

  nextRequest(): ClientStreamRequest | undefined {
    if (!this.#stream.live) return undefined;
    return { url: this.#url, purpose: "publish", via: this.#via };
  }

  onEvent(event: ClientEvent): void {
    if (event.kind === "started") this.#join();
  }

  onWritable(): void {
    this.flush();
  }

  onInterrupted(): void {
    this.#leave();
  }

  onOver(): void {
    this.#leave();
    this.#onOver();
  }

  fail(error: unknown): void {
    this.#relay.guard.fail(error);
  }

  /** Writes what is new, for as long as the Link is writable. */
  flush(): void {
    const outgoing = this.#relay.outgoing;
    const playback = this.#subscription?.playback;
    if (!outgoing || !playback) return;
    while (outgoing.writable) {
      const next = playback.next(MAX_WRITE_BYTES, this.#context.outgoing.driver.now());
      if (next === undefined) return;
      if (typeof next !== "string") outgoing.write(next);
      // The resume window is over, or this server is too slow for an application that drops such viewers.
      else if (next === "unpublished") return this.end();
      else if (next === "dropped") return outgoing.end();
    }
  }

  /** A server that joins in the middle begins at the newest keyframe, like any viewer. */
  #join(): void {
    if (!this.#stream.live) return this.end();
    const { gateway, outgoing } = this.#context;
    const messageStreamId = this.#relay.outgoing?.netStreamId ?? 1;
    const options = { messageStreamId, publishChunkSize: outgoing.chunkSize };
    this.#subscription = gateway.follow(this.#stream, options, this);
  }

  #leave(): void {
    this.#subscription?.leave();
    this.#subscription = undefined;
  }
}
