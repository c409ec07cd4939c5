import type { Stream, StreamKey } from "@headgate/bus";
import type { ClientContext, ClientProblem, ClientStreamRequest } from "@headgate/client";
import type { Gateway, Publication } from "@headgate/gateway";
import type { ClientEvent, RtmpUrl } from "@headgate/session";
import type { DialAllowances, Dialler } from "./dial-allowances.ts";
import type { Origin, OriginSource } from "./origin-source.ts";
import type { Origins } from "./origins.ts";
import { Relay, type RelayOwner } from "./relay.ts";
import type { RelayFailures } from "./relay-failures.ts";
import type { RelayStatus } from "./relay-status.ts";
import type { RelayTracer } from "./relay-tracer.ts";
import { addressOf } from "./server-address.ts";
import { urlFor } from "./url-template.ts";

export interface PullContext {
  readonly gateway: Gateway;
  readonly outgoing: ClientContext;
  readonly origins: Origins;
  readonly dials: DialAllowances;
  /** The other processes of this server, if it has several. */
  readonly originSource: OriginSource | undefined;
  readonly failures: RelayFailures;
  /** Undefined if nobody traces relays. */
  readonly tracer: RelayTracer | undefined;
}

export interface PullOptions {
  readonly targets: readonly RtmpUrl[];
  /** How long the stream is fetched after its last viewer has left. Milliseconds. */
  readonly idleMs: number;
}

/** How many gateways `connect` names, including this one: viewers must not be able to make it long. */
const MAX_VIA_TOLD = 16;

/** How far a connection has come. */
type Reached = "dialled" | "handshake" | "connected" | "media";

/** Fetches one stream from an origin while it has viewers, and publishes it here. */
export class Pull implements RelayOwner, Dialler {
  readonly #context: PullContext;
  readonly #options: () => PullOptions;
  readonly #key: StreamKey;
  readonly #onOver: () => void;
  readonly #relay: Relay;
  /** The gateways that its players have come through, each with the number of players. */
  readonly #via = new Map<string, number>();
  /** The addresses of its players, each with the number of players. */
  readonly #addresses = new Map<string, number>();
  #viewers = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  #publication: Publication | undefined;
  /** From where it is fetched. */
  #origin: Origin | undefined;
  /** Of that server. There are a thousand pulls to look through when another one is wanted. */
  #address: string | undefined;
  /** Whether players choose the application that the server is told, and so whether it refuses them. */
  #applicationIsChosen = false;
  #reached: Reached = "dialled";
  /** Servers that are healthy and did not have the stream. */
  readonly #passedOver = new Set<string>();
  #unwantOrigins: () => void = () => {};

  constructor(context: PullContext, stream: Stream, options: () => PullOptions, onOver: () => void) {
    this.#context = context;
    this.#options = options;
    this.#key = stream.key;
    this.#onOver = onOver;
    this.#relay = new Relay(
      context.outgoing,
      { kind: "pull", stream: stream.key.path },
      this,
      context.tracer,
    );
  }

  get status(): RelayStatus {
    return this.#relay.status;
  }

  /** Whether it has ended, for lack of viewers: those who come now need another one. */
  get isEnded(): boolean {
    return this.#relay.isEnded;
  }

  /** Whether no other server is involved. */
  get isInternal(): boolean {
    return this.#origin?.isInternal ?? this.#options().targets.length === 0;
  }

  /** The server from which it is fetched. Undefined while it is not, or while it comes from another process of this server. */
  get origin(): string | undefined {
    return this.#origin && this.#address;
  }

  /** It connects on behalf of its players. */
  get turnKeys(): Iterable<string> {
    return this.#addresses.keys();
  }

  onTurn(): void {
    this.#relay.retryNow();
  }

  start(): void {
    this.#wantOrigins();
    this.#relay.start();
  }

  wanted(via: readonly string[], turnKey: string): void {
    for (const id of via) count(this.#via, id, 1);
    count(this.#addresses, turnKey, 1);
    this.#viewers += 1;
    this.#context.dials.joined(this);
    clearTimeout(this.#idleTimer);
  }

  unwanted(via: readonly string[], turnKey: string): void {
    for (const id of via) count(this.#via, id, -1);
    count(this.#addresses, turnKey, -1);
    this.#viewers -= 1;
    if (this.#viewers > 0) return;
    // A stream that has not arrived yet is not worth a connection without viewers.
    if (!this.#publication) return this.end();
    this.#idleTimer = setTimeout(() => this.#relay.guard.run(() => this.#end()), this.#options().idleMs);
  }

  end(): void {
    clearTimeout(this.#idleTimer);
    this.#relay.guard.run(() => this.#end());
  }

  /** Another process of this server has begun or stopped publishing the stream. */
  originChanged(): void {
    this.#relay.guard.run(() => {
      const found = this.#context.originSource?.find(this.#key);
      const { outgoing } = this.#relay;
      if (outgoing === undefined) this.#relay.retryNow();
      else if (found && found.url.host !== this.#origin?.url.host) outgoing.end();
    });
  }

  /** Other servers are configured, perhaps. One that is still among them goes on being asked. */
  reconfigured(): void {
    this.#relay.guard.run(() => {
      this.#wantOrigins();
      const { outgoing } = this.#relay;
      if (outgoing === undefined) this.#relay.retryNow();
      else if (this.#origin && !this.#origin.isInternal && !this.#isConfigured(this.#origin.url))
        outgoing.end();
    });
  }

  #isConfigured(url: RtmpUrl): boolean {
    return this.#configuredUrls.some((each) => each.equals(url));
  }

  get #configuredUrls(): readonly RtmpUrl[] {
    const { application, name } = this.#key;
    const names = { application, stream: name, query: "" };
    return this.#options().targets.map((template) => urlFor(template, names));
  }

  /** While the stream is published here there is nothing to fetch. */
  nextRequest(): ClientStreamRequest | "later" | undefined {
    const { gateway, originSource, dials } = this.#context;
    if (this.#viewers === 0) return undefined;
    this.#origin = undefined;
    if (gateway.streams.get(this.#key.path)?.publisher) return "later";
    this.#origin = originSource?.find(this.#key) ?? this.#configuredOrigin();
    if (!this.#origin) return originSource ? "later" : undefined;
    this.#reached = "dialled";
    this.#address = this.#origin.isInternal ? undefined : addressOf(this.#origin.url);
    if (!this.#origin.isInternal && !dials.take(this.#origin.url, this)) return "later";
    return { url: this.#origin.url, purpose: "play", via: [gateway.id, ...this.#viaTold] };
  }

  get #viaTold(): readonly string[] {
    return [...this.#via.keys()].slice(0, MAX_VIA_TOLD - 1);
  }

  #configuredOrigin(): Origin | undefined {
    const urls = this.#configuredUrls;
    if (urls.length === 0) return undefined;
    if (urls.every((each) => this.#passedOver.has(addressOf(each)))) this.#passedOver.clear();
    const left = urls.filter((each) => !this.#passedOver.has(addressOf(each)));
    const url = this.#context.origins.choose(left, this.#relay.status.retries);
    const template = this.#options().targets[urls.indexOf(url)];
    this.#applicationIsChosen = template?.application !== url.application;
    return { url, isInternal: false };
  }

  onHandshake(): void {
    this.#reached = "handshake";
  }

  onEvent(event: ClientEvent): void {
    switch (event.kind) {
      case "connected":
        this.#reached = "connected";
        return;
      case "media":
        this.#reached = "media";
        this.#passedOver.clear();
        return this.#publishing()?.media(event.message);
      case "data":
        return this.#publishing()?.data(event.message, event.retain);
      case "unpublished":
        // The other process of this server has already waited for its publisher.
        return this.#unpublish(this.#origin?.isInternal);
    }
  }

  onWritable(): void {}

  onInterrupted(problem: ClientProblem | undefined): void {
    this.#unpublish();
    if (!this.#origin || this.#origin.isInternal) return;
    this.#context.failures.pull += 1;
    if (this.#isFailureOfServer(problem)) this.#context.origins.failed(this.#origin.url);
    else this.#passedOver.add(addressOf(this.#origin.url));
  }

  /**
   * Whether other streams are better fetched elsewhere. What a server answers to a name, or how it ends a stream, says nothing about
   * it: some servers just close the connection, and players may ask for any name.
   */
  #isFailureOfServer(problem: ClientProblem | undefined): boolean {
    if (!problem || problem.code === "INTERNAL_ERROR") return false;
    switch (this.#reached) {
      case "dialled":
        return true;
      case "handshake":
        return !this.#applicationIsChosen;
      case "connected":
        return false;
      case "media":
        return problem.code.startsWith("CONNECTION_");
    }
  }

  onOver(): void {
    this.#context.dials.leave(this);
    this.#unwantOrigins();
    this.#unpublish();
    this.#onOver();
  }

  #wantOrigins(): void {
    this.#unwantOrigins();
    this.#unwantOrigins = this.#context.origins.want(this.#options().targets);
  }

  /** Publishes at the first media, so that waiting viewers are not told too early. */
  #publishing(): Publication | undefined {
    if (this.#publication?.active) return this.#publication;
    const isInternal = this.#origin?.isInternal ?? false;
    const source = { query: "", via: this.#viaTold, isInternal, isPulled: true };
    const outcome = this.#publication
      ? "ALREADY_PUBLISHED"
      : this.#context.gateway.publish(this.#key, source);
    if (typeof outcome === "object") {
      this.#publication = outcome;
      return outcome;
    }
    // An encoder publishes the stream here and comes first. That is no failure of the origin.
    this.#publication = undefined;
    this.#origin = undefined;
    this.#relay.outgoing?.end();
    return undefined;
  }

  /** The stream is free at once: a pull that follows must not wait until the connection is closed. */
  #end(): void {
    this.#unpublish();
    this.#relay.end();
  }

  #unpublish(isFinal = false): void {
    const publication = this.#publication;
    this.#publication = undefined;
    publication?.end(isFinal ? "final" : "resume");
  }
}

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const left = (counts.get(key) ?? 0) + change;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}
