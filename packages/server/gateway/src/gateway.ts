import {
  type KeyRefusal,
  levelsOf,
  type MessageCursor,
  type MessageSource,
  type PlaybackOptions,
  type Refusal,
  type Stream,
  StreamKey,
  type StreamNames,
} from "@headgate/bus";
import { type FaultLog, RtmpPeer, type Swept, type Traffic } from "@headgate/driver";
import type { StreamFormat } from "@headgate/session";
import { Guard, type Link } from "@headgate/transport";
import { Admission } from "./admission.ts";
import type { Flushable } from "./audience.ts";
import { BusyMeter } from "./busy-share.ts";
import type { GatewayOptions } from "./config.ts";
import { ConnectionPermit } from "./connection-permit.ts";
import type { GatewayContext } from "./context.ts";
import { LivePublisher, type PublishingRequest } from "./live-publisher.ts";
import { type LiveRequest, LiveViewer } from "./live-viewer.ts";
import type { PlaySource } from "./play-source.ts";
import type { PlayerRequest, RequestedPlay } from "./player-request.ts";
import { LIVE_ONLY } from "./policies/live-only.ts";
import type { Denial, Policy } from "./policy.ts";
import type { Publication } from "./publication.ts";
import { Pump } from "./pump.ts";
import { RecordingObservers } from "./recording-observers.ts";
import type { RefusalCounts } from "./refusal-counts.ts";
import { Requests } from "./requests.ts";
import type { Session, SessionObserver } from "./session.ts";
import type { StreamObserver, StreamSource } from "./stream-observer.ts";
import type { Subscription } from "./subscription.ts";

/** How often refused connections are reported at most: a flood of them must not become a flood of log lines. */
const REFUSAL_LOG_INTERVAL_MS = 10_000;

/** How long connections are looked after before everything else has its turn: ten thousand take some 6 ms. Milliseconds. */
const SWEEP_SLICE_MS = 2;
const SWEEPS_PER_LOOK = 64;

/** What a connection gives back when it ends. */
type Permit = Pick<ConnectionPermit, "leave">;

/** The gateway: takes Links from any transport and connects their peers through one bus. */
export class Gateway implements Swept {
  readonly #context: GatewayContext;
  readonly #admission: Admission;
  readonly #requests: Requests;
  readonly #pumps = new Set<Pump>();
  #internal = 0;
  /** Hear of the files of recordings. */
  readonly recordings: RecordingObservers;
  readonly #guard: Guard;
  /** Those that have still to be looked after. */
  #due: Iterator<Pump> | undefined;
  readonly #onSlice: () => void;
  readonly #busy = new BusyMeter();
  #closing: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;
  #refused = 0;
  #refusalLoggedMs = Number.NEGATIVE_INFINITY;

  constructor(context: GatewayContext) {
    this.#context = context;
    this.#requests = new Requests(context);
    this.#admission = new Admission(context.limits);
    this.recordings = new RecordingObservers(context.faults);
    this.#guard = new Guard(context.faults, "task", () => {
      this.#due = undefined;
    });
    this.#onSlice = this.#guard.entry(() => this.#sweepSlice());
    context.sweep.add(this);
  }

  /** Errors that no peer can be blamed for. */
  get faults(): FaultLog {
    return this.#context.faults;
  }

  /** All streams by path, read-only. */
  get streams(): ReadonlyMap<string, Stream> {
    return this.#context.streams.bus.streams;
  }

  /** What all streams keep for their viewers, in bytes. */
  get logBytes(): number {
    return this.#context.streams.bus.logBytes;
  }

  /** Identifies this gateway to others. */
  get id(): string {
    return this.#context.id;
  }

  /** Tells an observer of all streams that begin and end from now on. */
  observe(observer: StreamObserver): void {
    this.#context.streams.observe(observer);
  }

  /** The sessions of peers that have connected, by their id, in the order of their arrival. */
  get sessions(): ReadonlyMap<string, Session> {
    return this.#context.sessions.byId;
  }

  /** Tells an observer of all sessions from now on. */
  observeSessions(observer: SessionObserver): void {
    this.#context.sessions.observe(observer);
  }

  /** How often connections and requests were refused so far, and what ran was ended, by the code of the reason. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#context.refusals.byCode;
  }

  /** The configured application to which a session or a stream belongs; empty if there is none. */
  applicationOf({ virtualHost, application }: Pick<StreamNames, "virtualHost" | "application">): string {
    const { applications } = this.#context.streams.bus;
    const found = applications.find(virtualHost ?? "", levelsOf(application), 0);
    if (!found) return "";
    return found.virtualHost === "" ? found.name : `//${found.virtualHost}/${found.name}`;
  }

  /** Where a stream comes from; undefined while it has no publisher. */
  sourceOf(stream: Stream): StreamSource | undefined {
    return this.#context.streams.publicationOf(stream)?.source;
  }

  /** The stream that a path means, as it is listed in `streams`. */
  keyOf(path: string): StreamKey | KeyRefusal {
    return StreamKey.parse(path, this.#context.streams.bus.applications);
  }

  /** Ends the wait of viewers for a publisher that has left. */
  endResume(path: string): void {
    this.#context.streams.endResume(path);
  }

  /**
   * Ends the longest wait of the viewers' address that waits for most of these streams, so that one of them is wanted no longer.
   * Returns whether there was one to end.
   */
  makeRoom(isAmong: (stream: Stream) => boolean): boolean {
    return this.#context.waiting.makeRoom(isAmong);
  }

  /**
   * Puts another configuration in force: for everything, or for sessions and streams that begin later, as the key's class says.
   * Those of the class `restart` must be as before.
   */
  reconfigure(next: GatewayOptions): void {
    this.#context.reconfigure(next);
  }

  /** What is published, by whatever. */
  get publications(): ReadonlyMap<Stream, Pick<Publication, "source">> {
    return this.#context.streams.published;
  }

  /** Adds a policy, after those added before and ahead of `live only` and SWF verification. */
  addPolicy(policy: Policy): void {
    const { policies } = this.#context;
    policies.splice(policies.indexOf(LIVE_ONLY), 0, policy);
  }

  /** Adds a place that recordings come from, asked after those added before. */
  addPlaySource(source: PlaySource): void {
    this.#context.playSources.add(source);
  }

  /** Peers; other processes of this server do not count. */
  get connections(): number {
    return this.#pumps.size - this.internalConnections;
  }

  /** Connections of other processes of this server, each of which plays one stream. */
  get internalConnections(): number {
    return this.#internal;
  }

  /** With peers so far, whether or not they have connected. */
  get traffic(): Readonly<Traffic> {
    return this.#context.traffic;
  }

  /** How often viewers were too slow so far, and lost their place. */
  get viewerDrops(): number {
    return this.#context.viewerLag.drops;
  }

  /** How long the oldest message has waited that was not written to its viewer. Milliseconds. */
  get greatestLagMs(): number {
    return this.#context.viewerLag.greatestMs(this.#context.now());
  }

  /** Streams published in this process, not in another one of this server. */
  get ownStreams(): readonly Stream[] {
    const { streams } = this.#context;
    return [...this.streams.values()].filter((stream) => !streams.publicationOf(stream)?.source.isInternal);
  }

  /** How long messages are merged at present, in milliseconds. */
  get mergeWindowMs(): number {
    return this.#context.mergeWindow.windowMs;
  }

  /** The longest time that writing to viewers held the event loop since the last call, in milliseconds. */
  takeLongestHoldMs(): number {
    return this.#context.fanOut.takeLongestHoldMs();
  }

  /** A permit for a connection from this address, before anything else is spent on it; undefined if a limit is reached. */
  admit(address: string): ConnectionPermit | undefined {
    this.#context.turns.arrivals.note();
    return this.#permitFor(address);
  }

  /** Accepts a peer with its permit, or asks for one, as for a tunnel. Without a permit, its Link is destroyed. */
  accept(link: Link, permit: Permit | undefined = this.#permitFor(link.remoteAddress)): void {
    if (permit && !this.#closing) this.#add(link, false, permit);
    else link.destroy();
  }

  /** Accepts another process of this server, which counts against no limit. */
  acceptInternal(link: Link): void {
    if (this.#closing) link.destroy();
    else this.#add(link, true);
  }

  /** Publishes from within the process, or returns the reason why it cannot. */
  publish(names: StreamNames, source: StreamSource = { query: "", via: [] }): Publication | Refusal {
    const { streams } = this.#context;
    const key = streams.bus.keyOf(names);
    return typeof key === "string" ? key : streams.publish(key, source);
  }

  /** Asks the policies about a player over HTTP. What they allow, the caller sends, and then ends. */
  async requestPlay(request: PlayerRequest): Promise<RequestedPlay | Denial> {
    const allowed = await this.#requests.ask(request, "play");
    if (allowed.kind === "deny") return allowed;
    const { session, attempt } = allowed;
    session.begin("play", attempt);
    return { kind: "allow", key: attempt.key, end: () => session.end() };
  }

  /** A player over HTTP that the policies have allowed to play a live stream. */
  async requestLive(request: LiveRequest): Promise<LiveViewer | Denial> {
    const viewer = new LiveViewer(this.#context, request);
    return (await viewer.ask(this.#requests)) ?? viewer;
  }

  /** A publisher over HTTP that the policies have allowed to publish a live stream. */
  async requestPublishing(request: PublishingRequest): Promise<LivePublisher | Denial> {
    const publisher = new LivePublisher(this.#context, request);
    return (await publisher.ask(this.#requests)) ?? publisher;
  }

  /** Plays from within the process. The stream is fetched if necessary. */
  play(names: StreamNames, options: PlaybackOptions, reader: Flushable): Subscription | Refusal {
    const { streams } = this.#context;
    const key = streams.bus.keyOf(names);
    return typeof key === "string" ? key : streams.play(key, options, reader, []);
  }

  /** Reads a stream in messages from within the process. The stream is fetched if necessary. */
  read(names: StreamNames, reader: Flushable): Subscription<MessageCursor> | Refusal {
    const { streams } = this.#context;
    const key = streams.bus.keyOf(names);
    return typeof key === "string" ? key : streams.read(key, reader);
  }

  /** The same of a stream that is there, without causing it to be fetched. */
  follow(stream: Stream, reader: Flushable): Subscription<MessageCursor> {
    return this.#context.streams.follow(stream, reader);
  }

  /** The same for a reader that is not told of what is new, but looks for it. */
  followUntold(stream: Stream, reader: Flushable): Subscription<MessageCursor> {
    return this.#context.streams.followUntold(stream, reader);
  }

  /** Opens a recording from within the process, which the caller closes; undefined if there is none. */
  async openRecording(
    names: StreamNames,
    format: StreamFormat | undefined,
  ): Promise<MessageSource | undefined> {
    const { streams, playSources } = this.#context;
    const key = streams.bus.keyOf(names);
    return typeof key === "string" ? undefined : playSources.open(key, format);
  }

  /** Ends the publication of a stream, because another process of this server publishes it now. */
  evictPublisher(path: string): void {
    this.#context.streams.evictPublisher(path);
  }

  /** Resolves when the publisher of a stream was heard or has ended, or if there is none. */
  confirmPublisher(path: string): Promise<void> {
    return this.#context.streams.confirmPublisher(path) ?? Promise.resolve();
  }

  /**
   * Takes no more sessions once load balancers have heard (`drain.wait`), and asks those that can to connect again. Resolves when
   * none is left, or when the time for it is over.
   */
  drain(): Promise<void> {
    return this.#context.drain.begin();
  }

  /** Ends all connections, after `closeMs` at the latest. Resolves when the last one is closed. */
  close(): Promise<void> {
    this.#closing ??= this.#endAll();
    return this.#closing;
  }

  async #endAll(): Promise<void> {
    const emptied = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    this.#context.drain.stop();
    this.#context.streams.endAll();
    for (const pump of this.#pumps) pump.finish("shutdown");
    if (this.#pumps.size > 0) await emptied;
    this.#context.sweep.delete(this);
  }

  #permitFor(address: string): ConnectionPermit | undefined {
    const exceeded = this.#closing ? "closing" : this.#admission.enter(address);
    if (!exceeded) {
      return new ConnectionPermit(this.#admission, address, (other) =>
        this.#logRefusal("maxConnectionsPerAddress", other),
      );
    }
    this.#logRefusal(exceeded, address);
    return undefined;
  }

  #add(link: Link, isInternal: boolean, permit?: Permit): void {
    const pump = new Pump(
      this.#context,
      (owner) => new RtmpPeer(this.#context, link, owner, isInternal),
      (gone) => this.#gone(gone, permit),
    );
    this.#pumps.add(pump);
    if (isInternal) this.#internal += 1;
  }

  #gone(pump: Pump, permit: Permit | undefined): void {
    if (this.#pumps.delete(pump) && pump.isInternal) this.#internal -= 1;
    permit?.leave();
    if (this.#pumps.size === 0) this.#onEmpty?.();
  }

  /** Called a few times a second. Streams expire whatever becomes of one pump. */
  sweep(nowMs: number): void {
    this.#guard.run(() => this.#adaptMergeWindow());
    if (!this.#due) {
      this.#due = this.#pumps.values();
      this.#onSlice();
    }
    this.#context.streams.expire(nowMs);
  }

  #sweepSlice(): void {
    const nowMs = this.#context.now();
    const endMs = performance.now() + SWEEP_SLICE_MS;
    let swept = 0;
    for (let next = this.#due?.next(); next && !next.done; next = this.#due?.next()) {
      next.value.sweep(nowMs);
      swept += 1;
      if (swept % SWEEPS_PER_LOOK !== 0 || performance.now() < endMs) continue;
      setImmediate(this.#onSlice);
      return;
    }
    this.#due = undefined;
  }

  #adaptMergeWindow(): void {
    const busy = this.#busy.take();
    const { fanOut, writingEffort, mergeWindow } = this.#context;
    const writingMs = fanOut.takeWritingMs() * writingEffort.takeShare();
    if (busy) mergeWindow.observe(busy.share, busy.elapsedMs, writingMs / busy.elapsedMs);
  }

  #logRefusal(reason: Parameters<RefusalCounts["add"]>[0], remoteAddress: string): void {
    this.#context.refusals.add(reason);
    this.#refused += 1;
    const nowMs = this.#context.now();
    if (nowMs - this.#refusalLoggedMs < REFUSAL_LOG_INTERVAL_MS) return;
    this.#refusalLoggedMs = nowMs;
    this.#context.log.warn({ reason, remoteAddress, refused: this.#refused }, "connections refused");
    this.#refused = 0;
  }
}
