import type { MessageCursor, Stream } from "@headgate/bus";
import type { ClientContext, ClientStreamRequest } from "@headgate/client";
import type { Flushable, Gateway, StreamSource, Subscription } from "@headgate/gateway";
import type { Message } from "@headgate/message";
import type { ClientEvent, RtmpUrl } from "@headgate/session";
import { addressKey } from "@headgate/transport";
import type { DialAllowances, Dialler } from "./dial-allowances.ts";
import { Relay, type RelayOwner } from "./relay.ts";
import type { RelayFailures } from "./relay-failures.ts";
import type { RelayStatus } from "./relay-status.ts";
import type { RelayTracer } from "./relay-tracer.ts";
import { urlFor } from "./url-template.ts";

/** About as much as is written at once, and in one turn: what a server costs is the number of writes. Bytes. */
const MAX_WRITE_BYTES = 256 * 1024;

/** A message takes as long as so many bytes besides its payload: a stream can have thousands that are empty. */
const MESSAGE_BYTES = 256;

export interface PushContext {
  readonly gateway: Gateway;
  readonly outgoing: ClientContext;
  readonly dials: DialAllowances;
  readonly failures: RelayFailures;
  /** Undefined if nobody traces relays. */
  readonly tracer: RelayTracer | undefined;
}

/** Publishes one stream on one server, from a cursor of its own: however slow that server is, nothing else waits for it. */
export class Push implements RelayOwner, Flushable, Dialler {
  lastPass = 0;
  isWoken = false;
  readonly #context: PushContext;
  readonly #stream: Stream;
  readonly #template: RtmpUrl;
  #source: StreamSource;
  readonly #onOver: () => void;
  readonly #relay: Relay;
  #subscription: Subscription<MessageCursor> | undefined;

  constructor(
    context: PushContext,
    stream: Stream,
    template: RtmpUrl,
    source: StreamSource,
    onOver: () => void,
  ) {
    this.#context = context;
    this.#stream = stream;
    this.#template = template;
    this.#source = source;
    this.#onOver = onOver;
    this.#relay = new Relay(
      context.outgoing,
      { kind: "push", stream: stream.key.path },
      this,
      context.tracer,
    );
  }

  get turnKey(): string {
    return this.#template.host;
  }

  /** It connects on behalf of its publisher. */
  get turnKeys(): readonly string[] {
    const { remoteAddress } = this.#source;
    return [remoteAddress === undefined ? "" : addressKey(remoteAddress)];
  }

  get status(): RelayStatus {
    return this.#relay.status;
  }

  /** Whether it has ended, with its stream: a publisher that comes now needs another one. */
  get isEnded(): boolean {
    return this.#relay.isEnded;
  }

  start(): void {
    this.#relay.start();
  }

  end(): void {
    this.#relay.guard.run(() => this.#relay.end());
  }

  /** Whether this is where it publishes. */
  isTo(template: RtmpUrl): boolean {
    return this.#template.equals(template);
  }

  /** The stream has another publisher, or the same again. If the URL depends on its query, it is another one. */
  published(source: StreamSource): void {
    const before = this.#url;
    this.#source = source;
    const { tcUrl, streamName } = this.#url;
    if (tcUrl === before.tcUrl && streamName === before.streamName) return;
    this.#relay.guard.run(() => this.#relay.outgoing?.end());
  }

  /** Called a few times a second: until it has joined the stream, it does not hear of the stream's end. */
  sweep(): void {
    if (!this.#subscription && !this.#stream.live) this.end();
  }

  nextRequest(): ClientStreamRequest | "later" | undefined {
    if (!this.#stream.live) return undefined;
    const url = this.#url;
    if (!this.#context.dials.take(url, this)) return "later";
    return { url, purpose: "publish", via: [this.#context.gateway.id, ...this.#source.via] };
  }

  onTurn(): void {
    this.#relay.retryNow();
  }

  get #url(): RtmpUrl {
    const { application, name } = this.#stream.key;
    return urlFor(this.#template, { application, stream: name, query: this.#source.query });
  }

  onEvent(event: ClientEvent): void {
    if (event.kind === "started") this.#join();
  }

  onWritable(): void {
    this.flush();
  }

  onInterrupted(): void {
    this.#context.failures.push += 1;
    this.#leave();
  }

  onOver(): void {
    this.#context.dials.leave(this);
    this.#leave();
    this.#onOver();
  }

  fail(error: unknown): void {
    this.#relay.guard.fail(error);
  }

  /** Publishes what is new, if the Link is writable. What is more than a write's worth has its next turn. */
  flush(): void {
    const outgoing = this.#relay.outgoing;
    const subscription = this.#subscription;
    if (!outgoing?.writable || !subscription) return;
    const { messages, isAll } = this.#nextOf(subscription.playback);
    if (messages.length > 0) outgoing.publish(...messages);
    if (!isAll) subscription.wake();
    else if (!this.#stream.live) this.end();
  }

  #nextOf(cursor: MessageCursor): { readonly messages: readonly Message[]; readonly isAll: boolean } {
    const nowMs = this.#context.outgoing.driver.now();
    const messages: Message[] = [];
    for (let bytes = 0; bytes < MAX_WRITE_BYTES; ) {
      const entry = cursor.next(nowMs);
      if (!entry) return { messages, isAll: true };
      messages.push(entry.message);
      bytes += MESSAGE_BYTES + entry.message.payload.length;
    }
    return { messages, isAll: false };
  }

  /** A server that joins in the middle begins at the newest keyframe, like any viewer. */
  #join(): void {
    if (!this.#stream.live) return this.end();
    this.#subscription = this.#context.gateway.follow(this.#stream, this);
  }

  #leave(): void {
    this.#subscription?.leave();
    this.#subscription = undefined;
  }
}
