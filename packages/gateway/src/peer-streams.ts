import type {
  ApplicationOptions,
  Publisher,
  PublishOutcome,
  Refusal,
  StreamKey,
  Viewer,
  ViewerNotice,
} from "@headgate/bus";
import type { ServerConnection } from "@headgate/connection";
import type { NetConnection, SessionEvent } from "@headgate/session";
import { Guard, type Link } from "@headgate/transport";
import type { Logger } from "pino";
import type { Flushable } from "./audience.ts";
import type { GatewayContext, PublisherOwner } from "./context.ts";

/**
 * About as much as a viewer is given in one write. Larger writes cost fewer system calls but keep more of the log's
 * memory for a viewer that has stopped reading in the middle of one.
 */
const MAX_WRITE_BYTES = 256 * 1024;

/** After so much a connection waits for its next turn: enciphering it takes a third of a millisecond. */
const MAX_FLUSH_BYTES = 256 * 1024;

/** Lines one session may log of its streams; a peer that asks a thousand times a second says nothing new. */
const MAX_STREAM_LOG_LINES = 100;

const MAX_LOGGED_NAME_LENGTH = 128;

/** What a peer has said in `connect` that its streams' names begin with. */
export interface ConnectionNames {
  readonly virtualHost: string;
  readonly application: string;
  /** The gateways between this one and the peer's streams. */
  readonly via: readonly string[];
}

interface StreamLine {
  readonly stream: string;
  readonly refusal?: Refusal;
  readonly takeover?: boolean;
}

/** The events that concern a NetStream; the others concern the connection as a whole. */
export type NetStreamEvent = Extract<SessionEvent, { netStreamId: number }>;
type EventOf<Kind extends SessionEvent["kind"]> = Extract<SessionEvent, { kind: Kind }>;

/**
 * What one connection publishes and plays, by NetStream: does on the bus what the peer asks for, answers the peer through
 * its NetConnection, and writes to its Link what it watches.
 */
export class PeerStreams {
  readonly #context: GatewayContext;
  readonly #connection: ServerConnection;
  readonly #owner: Flushable & PublisherOwner;
  readonly #names: ConnectionNames;
  readonly #log: Logger;
  readonly #publishers = new Map<number, Publisher>();
  /** A few at most. The next to write is the first. */
  readonly #viewers: Viewer[] = [];
  #linesLeft = MAX_STREAM_LOG_LINES;
  /** How often viewers that have left had fallen off the log's tail. */
  #lagCount = 0;

  constructor(
    context: GatewayContext,
    connection: ServerConnection,
    owner: Flushable & PublisherOwner,
    names: ConnectionNames,
    log: Logger,
  ) {
    this.#context = context;
    this.#connection = connection;
    this.#owner = owner;
    this.#names = names;
    this.#log = log;
  }

  get #session(): NetConnection {
    return this.#connection.session;
  }

  /** Of the stream that this name means on this connection; undefined if there can be no such stream. */
  optionsOf(name: string): ApplicationOptions | undefined {
    const key = this.#keyOf(name);
    return typeof key === "string" ? undefined : this.#context.bus.applications.optionsOf(key);
  }

  handle(event: NetStreamEvent): void {
    switch (event.kind) {
      case "media":
        return this.#append(event.netStreamId, (publisher, nowMs) => publisher.media(event.message, nowMs));
      case "data":
        return this.#append(event.netStreamId, (publisher, nowMs) =>
          publisher.data(event.message, event.retain, nowMs),
        );
      case "dataCleared":
        return this.#publishers.get(event.netStreamId)?.clearData(event.handler);
      case "publishRequested":
        return this.#publish(event);
      case "playRequested":
        return this.#play(event);
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
   * Returns whether a viewer was told something, which then waits in the NetConnection.
   */
  writeTo(link: Link): boolean {
    let told = false;
    let left = MAX_FLUSH_BYTES;
    for (const viewer of this.#viewers) {
      const written = this.#writeViewer(link, viewer, left);
      if (written === undefined) told = true;
      else left -= written;
      if (link.writable && left > 0) continue;
      this.#moveToEnd(viewer);
      break;
    }
    if (told || left <= 0) this.#context.fanOut.wake(this.#owner);
    return told;
  }

  /** Tells the peer of a Publisher that another one has its stream now. */
  takenOver(publisher: Publisher): void {
    this.#context.publisherOwners.delete(publisher);
    for (const [netStreamId, candidate] of this.#publishers) {
      if (candidate !== publisher) continue;
      this.#publishers.delete(netStreamId);
      const description = `${publisher.stream.key.name} was taken over by another publisher.`;
      this.#session.netStream(netStreamId)?.reject("NetStream.Publish.BadName", description);
    }
  }

  /** How often this connection's viewers have fallen off the log's tail. */
  get lagCount(): number {
    return this.#viewers.reduce((sum, viewer) => sum + viewer.lagCount, this.#lagCount);
  }

  /** Ends everything this connection publishes and plays. */
  close(): void {
    const playing = this.#viewers.map(({ messageStreamId }) => messageStreamId);
    // A stream that cannot be ended must not keep the others.
    const guard = new Guard(this.#context.faults, "session", () => {});
    for (const netStreamId of [...this.#publishers.keys(), ...playing])
      guard.run(() => this.#stop(netStreamId));
  }

  #append(netStreamId: number, write: (publisher: Publisher, nowMs: number) => void): void {
    const publisher = this.#publishers.get(netStreamId);
    if (!publisher) return;
    write(publisher, this.#context.now());
    this.#context.fanOut.changed(publisher.stream);
  }

  #publish({ netStreamId, stream, type }: EventOf<"publishRequested">): void {
    const netStream = this.#session.netStream(netStreamId);
    if (type !== "live") {
      netStream?.reject("NetStream.Record.NoAccess", `This server does not record: publish as "live".`);
      return;
    }
    const outcome = this.#publisherOf(this.#keyOf(stream.name));
    if ("refusal" in outcome) {
      this.#tellLog(
        "warn",
        { stream: this.#pathOf(stream.name), refusal: outcome.refusal },
        "publish refused",
      );
      netStream?.reject("NetStream.Publish.BadName", refusalText(outcome.refusal, stream.name));
      return;
    }
    const { publisher, displaced } = outcome;
    if (displaced) this.#context.publisherOwners.get(displaced)?.takenOver(displaced);
    this.#publishers.set(netStreamId, publisher);
    this.#context.publisherOwners.set(publisher, this.#owner);
    const takeover = displaced !== undefined;
    this.#tellLog("info", { stream: publisher.stream.key.path, takeover }, "publishing");
    netStream?.acceptPublish();
    this.#context.fanOut.changed(publisher.stream);
    this.#context.relaying().published(publisher.stream, { query: stream.query, via: this.#names.via });
  }

  /** Between the processes of one server, a policy is kept as within one. */
  #publisherOf(key: StreamKey | Refusal): PublishOutcome {
    if (typeof key === "string") return { refusal: key };
    const { bus, relaying } = this.#context;
    const isRejected = bus.applications.optionsOf(key)?.publisherPolicy === "reject";
    if (isRejected && relaying().isPublishedElsewhere(key)) return { refusal: "already published" };
    return bus.publish(key);
  }

  #play({ netStreamId, request }: EventOf<"playRequested">): void {
    const netStream = this.#session.netStream(netStreamId);
    const { name } = request.stream;
    const key = this.#keyOf(name);
    const options = { messageStreamId: netStreamId, durationMs: request.durationMs };
    const outcome =
      typeof key === "string" ? { refusal: key } : this.#context.bus.play(key, options, this.#context.now());
    if ("refusal" in outcome) {
      this.#tellLog("warn", { stream: this.#pathOf(name), refusal: outcome.refusal }, "play refused");
      netStream?.reject("NetStream.Play.Failed", refusalText(outcome.refusal, name));
      return;
    }
    this.#viewers.push(outcome.viewer);
    this.#tellLog("info", { stream: outcome.viewer.stream.key.path }, "playing");
    netStream?.acceptPlay();
    this.#context.fanOut.watch(outcome.viewer.stream, this.#owner);
    this.#context.relaying().viewed(outcome.viewer.stream, this.#names.via);
  }

  /** A stream of an application whose sessions are passed on is not to be had from here. */
  #keyOf(name: string): StreamKey | Refusal {
    const { bus, relaying } = this.#context;
    const key = bus.keyOf({ ...this.#names, name });
    return typeof key === "object" && relaying().isProxied(key) ? "unknown application" : key;
  }

  /** For the log: what the stream's path would be if there could be such a stream. */
  #pathOf(name: string): string {
    const key = this.#context.bus.keyOf({ ...this.#names, name });
    return typeof key === "string" ? `${this.#names.application}/${name}` : key.path;
  }

  #stop(netStreamId: number): void {
    const publisher = this.#publishers.get(netStreamId);
    if (publisher) this.#stopPublishing(netStreamId, publisher);
    const viewer = this.#viewerOn(netStreamId);
    if (viewer) this.#stopPlaying(viewer);
  }

  #viewerOn(netStreamId: number): Viewer | undefined {
    return this.#viewers.find(({ messageStreamId }) => messageStreamId === netStreamId);
  }

  #stopPublishing(netStreamId: number, publisher: Publisher): void {
    this.#publishers.delete(netStreamId);
    this.#context.publisherOwners.delete(publisher);
    const { active } = publisher;
    publisher.end(this.#context.now());
    if (active) this.#context.relaying().unpublished(publisher.stream);
    this.#context.fanOut.changed(publisher.stream);
    this.#context.bus.release(publisher.stream);
  }

  #stopPlaying(viewer: Viewer): void {
    this.#viewers.splice(this.#viewers.indexOf(viewer), 1);
    viewer.leave();
    this.#lagCount += viewer.lagCount;
    if (!this.#viewers.some(({ stream }) => stream === viewer.stream)) {
      this.#context.fanOut.unwatch(viewer.stream, this.#owner);
    }
    this.#context.relaying().left(viewer.stream, this.#names.via);
    this.#context.bus.release(viewer.stream);
  }

  /**
   * Returns how many bytes it has written, or undefined if the viewer was told something instead, which must not be overtaken
   * by the bytes that follow.
   */
  #writeViewer(link: Link, viewer: Viewer, maxBytes: number): number | undefined {
    const nowMs = this.#context.now();
    let written = 0;
    while (link.writable && written < maxBytes) {
      const next = viewer.next(MAX_WRITE_BYTES, nowMs);
      if (next === undefined) break;
      if (typeof next === "string") {
        this.#tell(viewer.messageStreamId, next);
        return undefined;
      }
      this.#write(link, next);
      written += next.length;
    }
    return written;
  }

  #write(link: Link, bytes: Uint8Array): void {
    if (!this.#connection.encrypted) {
      link.write(bytes);
      return;
    }
    const { encrypted } = this.#context;
    const copy = this.#connection.encrypt(bytes, encrypted.take(bytes.length));
    if (!link.write(copy)) encrypted.giveUp();
  }

  /** On a slow connection each stream has its turn: the one that has filled the Link is the last to write to it next. */
  #moveToEnd(viewer: Viewer): void {
    const place = this.#viewers.indexOf(viewer);
    if (place >= 0) this.#viewers.push(...this.#viewers.splice(place, 1));
  }

  #tellLog(level: "info" | "warn", { stream, ...fields }: StreamLine, message: string): void {
    if (this.#linesLeft === 0) return;
    this.#linesLeft -= 1;
    const isLast = this.#linesLeft === 0 && { note: "this session's last line of its streams" };
    this.#log[level]({ stream: stream.slice(0, MAX_LOGGED_NAME_LENGTH), ...fields, ...isLast }, message);
  }

  #tell(netStreamId: number, notice: ViewerNotice): void {
    const netStream = this.#session.netStream(netStreamId);
    if (notice === "published") netStream?.publishNotify();
    else if (notice === "unpublished") netStream?.unpublishNotify();
    else this.#finish(netStreamId, notice);
  }

  #finish(netStreamId: number, notice: "complete" | "dropped"): void {
    const netStream = this.#session.netStream(netStreamId);
    this.#stop(netStreamId);
    if (notice === "complete") netStream?.completePlay();
    else netStream?.reject("NetStream.Play.InsufficientBW", "The connection is too slow for this stream.");
  }
}

function refusalText(refusal: Refusal, name: string): string {
  switch (refusal) {
    case "already published":
      return `${name} is being published already.`;
    case "name invalid":
      return "The stream's name is empty or too long.";
    case "too many streams":
      return "The server has as many streams as it may have.";
    case "unknown application":
      return "There is no such application.";
  }
}
