import { type Stream, type StreamKey, streamPath } from "@headgate/bus";
import type { Gateway, LocalPublisher } from "@headgate/gateway";
import type { ClientEvent, RtmpUrl } from "@headgate/session";
import type { Origins } from "./origins.ts";
import type { OutgoingContext, OutgoingRequest } from "./outgoing.ts";
import { Relay, type RelayOwner } from "./relay.ts";
import type { RelayStatus } from "./relay-status.ts";
import { urlFor } from "./url-template.ts";

export interface PullContext {
  readonly gateway: Gateway;
  readonly outgoing: OutgoingContext;
  readonly origins: Origins;
}

export interface PullOptions {
  readonly targets: readonly RtmpUrl[];
  /** How long it goes on after the last viewer has gone. Milliseconds. */
  readonly idleMs: number;
}

/** Fetches one stream from an origin while somebody plays it, and publishes it here. */
export class Pull implements RelayOwner {
  readonly #context: PullContext;
  readonly #options: PullOptions;
  readonly #key: StreamKey;
  readonly #onOver: () => void;
  readonly #relay: Relay;
  /** The gateways that those who play it have come through. */
  readonly #via = new Set<string>();
  #viewers = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  #publisher: LocalPublisher | undefined;
  #target: RtmpUrl | undefined;

  constructor(context: PullContext, stream: Stream, options: PullOptions, onOver: () => void) {
    this.#context = context;
    this.#options = options;
    this.#key = stream.key;
    this.#onOver = onOver;
    this.#relay = new Relay(context.outgoing, { kind: "pull", stream: streamPath(stream.key) }, this);
  }

  get status(): RelayStatus {
    return this.#relay.status;
  }

  start(): void {
    this.#relay.start();
  }

  viewed(via: readonly string[]): void {
    for (const id of via) this.#via.add(id);
    this.#viewers += 1;
    clearTimeout(this.#idleTimer);
  }

  left(): void {
    this.#viewers -= 1;
    if (this.#viewers === 0) this.#idleTimer = setTimeout(() => this.end(), this.#options.idleMs);
  }

  end(): void {
    clearTimeout(this.#idleTimer);
    this.#relay.end();
  }

  /** While somebody publishes the stream here there is nothing to fetch. */
  nextRequest(): OutgoingRequest | "later" | undefined {
    const { gateway, origins } = this.#context;
    if (this.#viewers === 0) return undefined;
    if (gateway.bus.streams.get(streamPath(this.#key))?.publisher) return "later";
    const { application, name } = this.#key;
    const names = { application, stream: name, query: "" };
    const urls = this.#options.targets.map((template) => urlFor(template, names));
    this.#target = origins.choose(urls, this.#relay.status.retries);
    return { url: this.#target, purpose: "play", via: [gateway.id, ...this.#via] };
  }

  onEvent(event: ClientEvent): void {
    switch (event.kind) {
      case "media":
        return this.#publishing()?.media(event.message);
      case "data":
        return this.#publishing()?.data(event.message, event.retain);
      case "unpublished":
        return this.#unpublish();
    }
  }

  onWritable(): void {}

  onInterrupted(): void {
    this.#unpublish();
    if (this.#target) this.#context.origins.failed(this.#target);
  }

  onOver(): void {
    this.#unpublish();
    this.#onOver();
  }

  /** Published only when there is something, so that those who wait are not told too early. */
  #publishing(): LocalPublisher | undefined {
    if (this.#publisher?.active) return this.#publisher;
    const source = { query: "", via: [...this.#via] };
    const outcome = this.#publisher ? "already published" : this.#context.gateway.publish(this.#key, source);
    if (typeof outcome === "object") {
      this.#publisher = outcome;
      return outcome;
    }
    // Somebody publishes the stream here, who comes first.
    this.#publisher = undefined;
    this.#relay.outgoing?.end();
    return undefined;
  }

  #unpublish(): void {
    const publisher = this.#publisher;
    this.#publisher = undefined;
    publisher?.end();
  }
}
