import {
  type KeyRefusal,
  levelsOf,
  type PlaybackNotice,
  type PlaybackOptions,
  type Refusal,
  type StreamKey,
} from "@headgate/bus";
import type { Peer } from "@headgate/driver";
import type { ConnectRequest, NetConnection, SessionEvent } from "@headgate/session";
import { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { Allowance } from "./allowance.ts";
import { answerPlayer, type PlayerEvent } from "./answer-player.ts";
import type { Flushable } from "./audience.ts";
import type { GatewayContext } from "./context.ts";
import { type MediaFacts, MediaSummary } from "./media-summary.ts";
import { type Denial, deny } from "./policy.ts";
import type { Publication } from "./publication.ts";
import type { RefusalCode } from "./refusals.ts";
import type { Subscription } from "./subscription.ts";
import type { PeerPlay } from "./waiting-streams.ts";

/** After this much a connection waits for its next turn: enciphering it takes a third of a millisecond. */
const MAX_FLUSH_BYTES = 256 * 1024;

/** The lines one session may log about its streams: a peer that asks a thousand times a second tells nothing new. */
const MAX_STREAM_LOG_LINES = 100;

const MAX_LOGGED_NAME_LENGTH = 128;

/**
 * How many streams without a publisher one connection may ask for at once, and then per second: a video wall asks for a few
 * dozen and asks again. Each may be a connection to an origin.
 */
const MAX_WAITS_AT_ONCE = 64;
const MAX_WAITS_PER_SECOND = 8;

/** For the log. */
export interface SessionRole {
  readonly role: "publisher" | "viewer";
  readonly stream: string;
}

interface StreamLine extends MediaFacts {
  readonly stream: string;
  readonly reason?: RefusalCode;
  /** What the peer was told. */
  readonly description?: string;
  readonly takeover?: boolean;
  /** Nobody publishes the stream yet. */
  readonly waiting?: boolean;
}

/** What is kept of `connect`: with its names the paths of streams begin, and `via` lists the gateways on the way. */
export type ConnectNames = Pick<ConnectRequest, "virtualHost" | "application" | "via">;

/** The connection that publishes and plays. */
export interface PeerStreamsOwner extends Flushable {
  /** Makes sure that the peer is there, or ends it. Undefined if it certainly is. */
  confirmPresence(): Promise<void> | undefined;
  /** Another publisher has taken over one of its streams, and the peer was told. */
  takenOver(): void;
  /** Runs work whose errors end this connection, and sends the session's replies. */
  guard(work: () => void): void;
}

/** The events that concern a NetStream; the others concern the connection as a whole. */
export type NetStreamEvent = Extract<SessionEvent, { netStreamId: number }>;
export type StreamRequestId = Pick<EventOf<"publishRequested" | "playRequested">, "kind" | "netStreamId">;
type EventOf<Kind extends SessionEvent["kind"]> = Extract<SessionEvent, { kind: Kind }>;

/**
 * The streams one connection publishes and plays, by NetStream: acts on the bus, answers the peer through its NetConnection,
 * and sends it what it watches.
 */
export class PeerStreams {
  readonly #context: GatewayContext;
  readonly #peer: Peer;
  readonly #owner: PeerStreamsOwner;
  readonly #names: ConnectNames;
  readonly #log: Logger;
  readonly #publications = new Map<number, Publication>();
  /** Of publications that have just begun, until the log says what they send. */
  readonly #summaries = new Map<number, MediaSummary>();
  /** A few at most. The first is the next to be written. */
  readonly #subscriptions: Subscription[] = [];
  /** For the streams without a publisher, which are counted by the address of the peer. */
  readonly #plays = new Map<Subscription, PeerPlay>();
  readonly #waitAllowance = new Allowance(MAX_WAITS_AT_ONCE, MAX_WAITS_PER_SECOND);
  #linesLeft = MAX_STREAM_LOG_LINES;
  #refusedMs: number | undefined;
  #role: SessionRole | undefined;
  /** How often viewers that have left since had lagged. */
  #lagCount = 0;

  constructor(
    context: GatewayContext,
    peer: Peer,
    owner: PeerStreamsOwner,
    names: ConnectNames,
    log: Logger,
  ) {
    this.#context = context;
    this.#peer = peer;
    this.#owner = owner;
    this.#names = names;
    this.#log = log;
  }

  get #session(): NetConnection {
    return this.#peer.session;
  }

  /** Whether the peer neither publishes nor plays. */
  get isIdle(): boolean {
    return this.#publications.size === 0 && this.#subscriptions.length === 0;
  }

  /** When a request was refused last; undefined after one was granted. Milliseconds. */
  get refusedMs(): number | undefined {
    return this.#refusedMs;
  }

  /** What the peer has published first, or else played first; undefined if it has done neither. */
  get role(): SessionRole | undefined {
    return this.#role;
  }

  /** The stream that a name means on this connection. */
  keyOf(name: string): StreamKey | KeyRefusal {
    return this.#context.streams.bus.keyOf({ ...this.#names, name });
  }

  /** Handles an event of a NetStream that is not a request. */
  handle(event: Exclude<NetStreamEvent, { kind: StreamRequestId["kind"] }>): void {
    switch (event.kind) {
      case "media":
        if (this.#summaries.size > 0) this.#summarize(event);
        return this.#publications.get(event.netStreamId)?.media(event.message);
      case "data":
        if (event.retain === "onMetaData") this.#summaries.get(event.netStreamId)?.metadata(event.message);
        return this.#publications.get(event.netStreamId)?.data(event.message, event.retain);
      case "dataCleared":
        return this.#publications.get(event.netStreamId)?.clearData(event.handler);
      case "refused":
        return this.#noteRefusal(event.request, { stream: this.pathOf(event.name), reason: event.reason });
      case "stopped":
        return this.#stop(event.netStreamId);
      default:
        return this.#answerPlayer(event);
    }
  }

  /** There is nothing to answer once the play that the player means has been refused or is over. */
  #answerPlayer(event: PlayerEvent): void {
    const playback = this.#subscriptionOn(event.netStreamId)?.playback;
    const netStream = this.#session.netStream(event.netStreamId);
    if (!playback || !netStream) return;
    answerPlayer(event, playback, netStream, this.#context.now());
    this.#context.fanOut.wake(this.#owner);
  }

  /**
   * Sends what is new for this connection's viewers, for as long as the Link takes it, and about MAX_FLUSH_BYTES at most.
   * Returns whether a viewer was sent a notice, which then waits in the NetConnection.
   */
  flush(): boolean {
    let told = false;
    let left = MAX_FLUSH_BYTES;
    const nowMs = this.#context.now();
    for (const subscription of this.#subscriptions) {
      const sent = this.#peer.send(subscription.playback, left, nowMs);
      if (typeof sent === "number") {
        left -= sent;
      } else {
        this.#tell(subscription, sent);
        told = true;
      }
      if (this.#peer.link.writable && left > 0) continue;
      this.#moveToEnd(subscription);
      break;
    }
    if (told || left <= 0) this.#context.fanOut.wake(this.#owner);
    return told;
  }

  /** How often this connection's viewers have lagged. */
  get lagCount(): number {
    return this.#subscriptions.reduce((sum, { playback }) => sum + playback.lagCount, this.#lagCount);
  }

  /** Ends everything this connection publishes and plays. */
  close(): void {
    const playing = this.#subscriptions.map(({ netStreamId }) => netStreamId);
    // A stream that cannot be ended must not stop the others from ending.
    const guard = new Guard(this.#context.faults, "session", () => {});
    for (const netStreamId of [...this.#publications.keys(), ...playing])
      guard.run(() => this.#stop(netStreamId));
  }

  publish({ netStreamId, stream: { query } }: EventOf<"publishRequested">, key: StreamKey): void {
    const takeover = this.#context.streams.isPublished(key.path);
    const outcome = this.#context.streams.publish(key, {
      query,
      via: this.#names.via,
      remoteAddress: this.#countedAddress,
    });
    if (typeof outcome === "string") {
      const denial = deny("NetStream.Publish.BadName", outcome);
      return this.refuse({ kind: "publishRequested", netStreamId }, denial, key.path);
    }
    this.#refusedMs = undefined;
    this.#publications.set(netStreamId, outcome);
    this.#summaries.set(netStreamId, new MediaSummary());
    if (this.#role?.role !== "publisher") this.#role = { role: "publisher", stream: shortened(key.path) };
    outcome.onTakenOver = () => this.#owner.guard(() => this.#takenOver(netStreamId, outcome));
    outcome.confirm = () => this.#owner.confirmPresence();
    this.#tellLog("info", { stream: key.path, takeover }, "publishing");
    this.#session.netStream(netStreamId)?.acceptPublish();
  }

  #summarize({ netStreamId, message }: EventOf<"media">): void {
    const summary = this.#summaries.get(netStreamId);
    const nowMs = this.#context.now();
    summary?.media(message, nowMs);
    if (summary?.isDone(nowMs)) this.#tellMedia(netStreamId);
  }

  /** Once for each publication: when it has been seen for a while, or at its end. */
  #tellMedia(netStreamId: number): void {
    const facts = this.#summaries.get(netStreamId)?.facts;
    const stream = this.#publications.get(netStreamId)?.stream.key.path;
    this.#summaries.delete(netStreamId);
    if (facts && stream !== undefined) this.#tellLog("info", { stream, ...facts }, "publisher sends");
  }

  #takenOver(netStreamId: number, publication: Publication): void {
    if (this.#publications.get(netStreamId) !== publication) return;
    this.#tellMedia(netStreamId);
    this.#publications.delete(netStreamId);
    const description = `${publication.stream.key.name} was taken over by another publisher.`;
    this.#session.netStream(netStreamId)?.reject("NetStream.Publish.BadName", description);
    this.#owner.takenOver();
  }

  play({ netStreamId, request }: EventOf<"playRequested">, key: StreamKey): void {
    const options = { messageStreamId: netStreamId, durationMs: request.durationMs };
    const outcome = this.#subscriptionOf(key, options);
    if (typeof outcome === "string") return this.#refusePlay(netStreamId, outcome, key.path);
    this.#refusedMs = undefined;
    this.#subscriptions.push(outcome);
    const waiting = !outcome.stream.live;
    this.#role ??= { role: "viewer", stream: shortened(key.path) };
    this.#tellLog("info", { stream: key.path, ...(waiting && { waiting }) }, "playing");
    this.#session.netStream(netStreamId)?.acceptPlay();
    this.#enter(outcome);
  }

  #subscriptionOf(key: StreamKey, options: PlaybackOptions): Subscription | Refusal {
    const { streams, waiting, now } = this.#context;
    const { via } = this.#names;
    const isLive = streams.bus.streams.get(key.path)?.live === true;
    const mayWait = isLive || this.#peer.isInternal || this.#waitAllowance.take(now());
    if (!mayWait) return "WAITING_STREAMS_EXCEEDED";
    const outcome = streams.play(key, options, this.#owner, via);
    if (outcome !== "WAITING_STREAMS_EXCEEDED") return outcome;
    waiting.makeRoom();
    return streams.play(key, options, this.#owner, via);
  }

  /** What the peer's streams are counted by; undefined for another process of this server, which asks on behalf of its own peers. */
  get #countedAddress(): string | undefined {
    return this.#peer.isInternal ? undefined : this.#peer.link.remoteAddress;
  }

  #refusePlay(netStreamId: number, reason: Refusal, path: string): void {
    this.refuse({ kind: "playRequested", netStreamId }, deny("NetStream.Play.Failed", reason), path);
  }

  #enter(subscription: Subscription): void {
    const remoteAddress = this.#countedAddress;
    if (remoteAddress === undefined) return;
    const play = { stream: subscription.stream, remoteAddress, giveUp: () => this.#giveUp(subscription) };
    this.#plays.set(subscription, play);
    this.#context.waiting.enter(play);
  }

  #limitWaits(): void {
    const remoteAddress = this.#countedAddress;
    if (remoteAddress !== undefined) this.#context.waiting.limit(remoteAddress);
  }

  #leave(subscription: Subscription): void {
    const play = this.#plays.get(subscription);
    if (!play) return;
    this.#plays.delete(subscription);
    this.#context.waiting.leave(play);
  }

  /** Gives up a stream in favour of others that are waited for. Called because of another viewer. */
  #giveUp(subscription: Subscription): void {
    if (!this.#plays.has(subscription)) return;
    const { stream, netStreamId } = subscription;
    this.#owner.guard(() => {
      this.#stop(netStreamId);
      this.#refusePlay(netStreamId, "WAITING_STREAMS_EXCEEDED", stream.key.path);
    });
  }

  /** Refuses a request, and tells the peer and the log why. */
  refuse(
    { kind, netStreamId }: StreamRequestId,
    { status, description, reason }: Denial,
    path: string,
  ): void {
    this.#session.netStream(netStreamId)?.reject(status, description);
    this.#noteRefusal(kind === "publishRequested" ? "publish" : "play", {
      stream: path,
      reason,
      description,
    });
  }

  #noteRefusal(request: "publish" | "play", line: StreamLine): void {
    this.#refusedMs = this.#context.now();
    this.#tellLog("warn", line, `${request} refused`);
  }

  /** For the log: the path that the stream has, or would have if its name were valid. */
  pathOf(name: string): string {
    const key = this.keyOf(name);
    return typeof key === "string" ? levelsOf(`${this.#names.application}/${name}`).join("/") : key.path;
  }

  #stop(netStreamId: number): void {
    this.#tellMedia(netStreamId);
    this.#publications.get(netStreamId)?.end();
    this.#publications.delete(netStreamId);
    const subscription = this.#subscriptionOn(netStreamId);
    if (subscription) this.#stopPlaying(subscription);
  }

  #subscriptionOn(netStreamId: number): Subscription | undefined {
    return this.#subscriptions.find((each) => each.netStreamId === netStreamId);
  }

  #stopPlaying(subscription: Subscription): void {
    this.#subscriptions.splice(this.#subscriptions.indexOf(subscription), 1);
    this.#lagCount += subscription.playback.lagCount;
    this.#leave(subscription);
    subscription.leave();
  }

  /** On a slow connection the streams take turns: the one that has filled the Link is written last next time. */
  #moveToEnd(subscription: Subscription): void {
    const place = this.#subscriptions.indexOf(subscription);
    if (place >= 0) this.#subscriptions.push(...this.#subscriptions.splice(place, 1));
  }

  #tellLog(level: "info" | "warn", { stream, ...fields }: StreamLine, message: string): void {
    if (this.#linesLeft === 0) return;
    this.#linesLeft -= 1;
    const isLast = this.#linesLeft === 0 && { note: "last line of this session about its streams" };
    this.#log[level]({ stream: shortened(stream), ...fields, ...isLast }, message);
  }

  #tell(subscription: Subscription, notice: PlaybackNotice): void {
    const { netStreamId } = subscription;
    const netStream = this.#session.netStream(netStreamId);
    switch (notice) {
      case "published":
        return netStream?.publishNotify();
      case "unpublished":
        netStream?.unpublishNotify();
        return this.#limitWaits();
      default:
        return this.#finish(netStreamId, notice);
    }
  }

  #finish(netStreamId: number, notice: "complete" | "dropped"): void {
    const netStream = this.#session.netStream(netStreamId);
    this.#stop(netStreamId);
    if (notice === "complete") netStream?.completePlay();
    else netStream?.reject("NetStream.Play.InsufficientBW", "The connection is too slow for this stream.");
  }
}

function shortened(path: string): string {
  return path.slice(0, MAX_LOGGED_NAME_LENGTH);
}
