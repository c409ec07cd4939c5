import {
  type KeyRefusal,
  levelsOf,
  type Refusal,
  type StreamKey,
  type Viewer,
  type ViewerNotice,
  type ViewerOptions,
} from "@headgate/bus";
import type { ServerConnection } from "@headgate/connection";
import type { NetConnection, SessionEvent } from "@headgate/session";
import { Guard, type Link } from "@headgate/transport";
import type { Logger } from "pino";
import { Allowance } from "./allowance.ts";
import type { Flushable } from "./audience.ts";
import type { GatewayContext } from "./context.ts";
import { type MediaFacts, MediaSummary } from "./media-summary.ts";
import { type Denial, deny } from "./policy.ts";
import type { Publication } from "./publication.ts";
import type { RefusalCode } from "./refusals.ts";
import type { Subscription } from "./subscription.ts";
import type { WaitingPlay } from "./waiting-streams.ts";

/**
 * About as much as a viewer is given in one write. Larger writes cost fewer system calls but keep more of the log's
 * memory for a viewer that has stopped reading in the middle of one.
 */
const MAX_WRITE_BYTES = 256 * 1024;

/** The same while the process is short of memory: a write to a viewer that does not read may leave a copy behind. */
const MAX_WRITE_BYTES_WHEN_SHORT = 16 * 1024;

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

/** What is known about a peer, such as the application of its `connect`, with which its streams' paths begin. */
export interface Peer {
  readonly virtualHost: string;
  readonly application: string;
  /** The gateways between this one and the peer's streams. */
  readonly via: readonly string[];
  /** Undefined for another process of this server, which asks on behalf of its own peers. */
  readonly remoteAddress: string | undefined;
}

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
 * and writes to its Link what it watches.
 */
export class PeerStreams {
  readonly #context: GatewayContext;
  readonly #connection: ServerConnection;
  readonly #owner: PeerStreamsOwner;
  readonly #peer: Peer;
  readonly #log: Logger;
  readonly #publications = new Map<number, Publication>();
  /** Of publications that have just begun, until the log says what they send. */
  readonly #summaries = new Map<number, MediaSummary>();
  /** A few at most. The first is the next to be written. */
  readonly #subscriptions: Subscription[] = [];
  /** Viewers whose stream has no publisher. */
  readonly #waits = new Map<Viewer, WaitingPlay>();
  readonly #waitAllowance = new Allowance(MAX_WAITS_AT_ONCE, MAX_WAITS_PER_SECOND);
  /** Unpins the bytes that the Link had not taken. */
  #unpin: (() => void) | undefined;
  #linesLeft = MAX_STREAM_LOG_LINES;
  #refusedMs: number | undefined;
  #role: SessionRole | undefined;
  /** How often viewers that have left since had lagged. */
  #lagCount = 0;

  constructor(
    context: GatewayContext,
    connection: ServerConnection,
    owner: PeerStreamsOwner,
    peer: Peer,
    log: Logger,
  ) {
    this.#context = context;
    this.#connection = connection;
    this.#owner = owner;
    this.#peer = peer;
    this.#log = log;
  }

  get #session(): NetConnection {
    return this.#connection.session;
  }

  /** Whether the peer publishes or plays. */
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
    return this.#context.streams.bus.keyOf({ ...this.#peer, name });
  }

  /** Handles an event of a NetStream that is not a request. */
  handle(event: NetStreamEvent): void {
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
      case "paused":
        this.#viewerOn(event.netStreamId)?.pause(event.paused, this.#context.now());
        return this.#context.fanOut.wake(this.#owner);
      case "receive":
        this.#viewerOn(event.netStreamId)?.receive(event.media, event.enabled, this.#context.now());
        return this.#context.fanOut.wake(this.#owner);
    }
  }

  /**
   * Writes what is new for this connection's viewers, for as long as the Link takes it, and about MAX_FLUSH_BYTES at most.
   * Returns whether a viewer was sent a notice, which then waits in the NetConnection.
   */
  writeTo(link: Link): boolean {
    this.#letGo();
    let told = false;
    let left = MAX_FLUSH_BYTES;
    for (const subscription of this.#subscriptions) {
      const written = this.#writeViewer(link, subscription.viewer, left);
      if (written === undefined) told = true;
      else left -= written;
      if (link.writable && left > 0) continue;
      this.#moveToEnd(subscription);
      break;
    }
    if (told || left <= 0) this.#context.fanOut.wake(this.#owner);
    return told;
  }

  /** How often this connection's viewers have lagged. */
  get lagCount(): number {
    return this.#subscriptions.reduce((sum, { viewer }) => sum + viewer.lagCount, this.#lagCount);
  }

  /** Ends everything this connection publishes and plays. */
  close(): void {
    this.#letGo();
    const playing = this.#subscriptions.map(({ viewer }) => viewer.messageStreamId);
    // A stream that cannot be ended must not stop the others from ending.
    const guard = new Guard(this.#context.faults, "session", () => {});
    for (const netStreamId of [...this.#publications.keys(), ...playing])
      guard.run(() => this.#stop(netStreamId));
  }

  publish({ netStreamId, stream: { query } }: EventOf<"publishRequested">, key: StreamKey): void {
    const takeover = this.#context.streams.isPublished(key.path);
    const outcome = this.#context.streams.publish(key, { query, via: this.#peer.via });
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
    if (waiting) this.#wait(outcome.viewer);
  }

  #subscriptionOf(key: StreamKey, options: ViewerOptions): Subscription | Refusal {
    const { streams, waiting, now } = this.#context;
    const { remoteAddress, via } = this.#peer;
    const isLive = streams.bus.streams.get(key.path)?.live === true;
    const mayWait = isLive || remoteAddress === undefined || this.#waitAllowance.take(now());
    if (!mayWait) return "WAITING_STREAMS_EXCEEDED";
    const outcome = streams.play(key, options, this.#owner, via);
    if (outcome !== "WAITING_STREAMS_EXCEEDED") return outcome;
    waiting.makeRoom();
    return streams.play(key, options, this.#owner, via);
  }

  #refusePlay(netStreamId: number, reason: Refusal, path: string): void {
    this.refuse({ kind: "playRequested", netStreamId }, deny("NetStream.Play.Failed", reason), path);
  }

  /** The viewer's stream has no publisher. */
  #wait(viewer: Viewer): void {
    const { remoteAddress } = this.#peer;
    if (remoteAddress === undefined || this.#waits.has(viewer)) return;
    const giveUp = (): void => this.#giveUp(viewer);
    const wait = { stream: viewer.stream, remoteAddress, giveUp };
    this.#waits.set(viewer, wait);
    this.#context.waiting.enter(wait);
  }

  #waitNoLonger(viewer: Viewer): void {
    const wait = this.#waits.get(viewer);
    if (!wait) return;
    this.#waits.delete(viewer);
    this.#context.waiting.leave(wait);
  }

  /**
   * Gives up a stream in favour of others that are waited for, unless it has been published meanwhile. Called because of
   * another viewer.
   */
  #giveUp(viewer: Viewer): void {
    const { stream, messageStreamId } = viewer;
    if (stream.live) return;
    this.#owner.guard(() => {
      this.#stop(messageStreamId);
      this.#refusePlay(messageStreamId, "WAITING_STREAMS_EXCEEDED", stream.key.path);
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
    return typeof key === "string" ? levelsOf(`${this.#peer.application}/${name}`).join("/") : key.path;
  }

  #stop(netStreamId: number): void {
    this.#tellMedia(netStreamId);
    this.#publications.get(netStreamId)?.end();
    this.#publications.delete(netStreamId);
    const subscription = this.#subscriptions.find(({ viewer }) => viewer.messageStreamId === netStreamId);
    if (subscription) this.#stopPlaying(subscription);
  }

  #viewerOn(netStreamId: number): Viewer | undefined {
    return this.#subscriptions.find(({ viewer }) => viewer.messageStreamId === netStreamId)?.viewer;
  }

  #stopPlaying(subscription: Subscription): void {
    this.#subscriptions.splice(this.#subscriptions.indexOf(subscription), 1);
    this.#lagCount += subscription.viewer.lagCount;
    this.#waitNoLonger(subscription.viewer);
    subscription.leave();
  }

  /**
   * Returns how many bytes were written, or undefined if the viewer was sent a notice instead, which the following bytes must
   * not overtake.
   */
  #writeViewer(link: Link, viewer: Viewer, maxBytes: number): number | undefined {
    const nowMs = this.#context.now();
    const mostAtOnce = this.#context.isShortOfMemory() ? MAX_WRITE_BYTES_WHEN_SHORT : MAX_WRITE_BYTES;
    let written = 0;
    while (link.writable && written < maxBytes) {
      const next = viewer.next(mostAtOnce, nowMs);
      if (next === undefined) break;
      if (typeof next === "string") {
        this.#tell(viewer, next);
        return undefined;
      }
      this.#write(link, viewer, next);
      written += next.length;
    }
    return written;
  }

  #write(link: Link, viewer: Viewer, bytes: Uint8Array): void {
    if (!this.#connection.encrypted) {
      link.write(bytes);
      if (!link.writable) this.#unpin = viewer.pin();
      return;
    }
    const { encrypted, streams } = this.#context;
    const copy = this.#connection.encrypt(bytes, encrypted.take(bytes.length));
    if (!link.write(copy)) encrypted.giveUp();
    if (!link.writable) this.#unpin = streams.bus.hold(copy.length);
  }

  #letGo(): void {
    this.#unpin?.();
    this.#unpin = undefined;
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

  #tell(viewer: Viewer, notice: ViewerNotice): void {
    const netStream = this.#session.netStream(viewer.messageStreamId);
    switch (notice) {
      case "published":
        this.#waitNoLonger(viewer);
        return netStream?.publishNotify();
      case "unpublished":
        netStream?.unpublishNotify();
        return this.#wait(viewer);
      default:
        return this.#finish(viewer.messageStreamId, notice);
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
