import { randomBytes } from "node:crypto";
import { type EventLoopUtilization, performance as loop } from "node:perf_hooks";
import type { Refusal, Stream, StreamNames, ViewerOptions } from "@headgate/bus";
import type { ServerConnectionOptions } from "@headgate/connection";
import {
  connectionLimits,
  type DriverContext,
  FaultLog,
  InputMemory,
  Sweep,
  type Swept,
  Turns,
} from "@headgate/driver";
import { Guard, type Link } from "@headgate/transport";
import type { Logger } from "pino";
import { Admission } from "./admission.ts";
import type { Flushable } from "./audience.ts";
import type { GatewayOptions } from "./config.ts";
import { ConnectionPermit } from "./connection-permit.ts";
import type { GatewayContext } from "./context.ts";
import { FailedSessions } from "./failed-sessions.ts";
import { FanOut } from "./fan-out.ts";
import { MergeWindow } from "./merge-window.ts";
import { knownApplication } from "./policies/known-application.ts";
import { LIVE_ONLY } from "./policies/live-only.ts";
import { noLoop } from "./policies/no-loop.ts";
import { publisherPresent } from "./policies/publisher-present.ts";
import { SWF_VERIFICATION } from "./policies/swf-verification.ts";
import type { Policy } from "./policy.ts";
import type { Publication } from "./publication.ts";
import { Pump } from "./pump.ts";
import { RandomPool } from "./random-pool.ts";
import { ReusedBuffer } from "./reused-buffer.ts";
import type { StreamObserver, StreamSource } from "./stream-observer.ts";
import { Streams } from "./streams.ts";
import type { Subscription } from "./subscription.ts";
import { WaitingStreams } from "./waiting-streams.ts";

/** How often refused connections are reported at most: a flood of them must not become a flood of log lines. */
const REFUSAL_LOG_INTERVAL_MS = 10_000;

/** What a connection releases when it ends. */
type Held = Pick<ConnectionPermit, "leave">;

/** The gateway: takes Links from any transport and connects their peers through one bus. */
export class Gateway implements Swept {
  readonly #context: GatewayContext;
  readonly #admission: Admission;
  readonly #mergeWindow: MergeWindow;
  readonly #policies: Policy[];
  readonly #pumps = new Set<Pump>();
  readonly #guard: Guard;
  #utilization: EventLoopUtilization = loop.eventLoopUtilization();
  #closing: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;
  #refused = 0;
  #refusalLoggedMs = Number.NEGATIVE_INFINITY;
  /** Errors that no peer can be blamed for. */
  readonly faults: FaultLog;

  /** `id` identifies it to other gateways; all processes of one server have the same id. */
  constructor(options: GatewayOptions, log: Logger, id: string = randomBytes(6).toString("hex")) {
    const { applications, chunkSize, limits } = options;
    const { maxStreams, maxWaitingStreams, maxLogBytes } = limits;
    const busOptions = { applications, chunkSize, maxStreams, maxWaitingStreams, maxLogBytes };
    this.#mergeWindow = new MergeWindow(options.merge);
    this.faults = new FaultLog(log);
    const now = (): number => performance.now();
    const fanOut = new FanOut(() => this.#mergeWindow.windowMs, this.faults);
    const streams = new Streams(busOptions, fanOut, this.faults, now);
    // The cheapest policies come first; those that ask a peer come last.
    this.#policies = [
      knownApplication(streams.bus.applications),
      noLoop(id),
      LIVE_ONLY,
      SWF_VERIFICATION,
      publisherPresent(({ path }) => streams.confirmPublisher(path)),
    ];
    this.#context = {
      options,
      connectionOptions: connectionOptions(options),
      streams,
      fanOut,
      log,
      inputMemory: new InputMemory(limits.maxInputBytes),
      turns: new Turns(this.faults),
      sweep: new Sweep(now, this.faults),
      waiting: new WaitingStreams(limits.maxWaitingStreamsPerAddress),
      failedSessions: new FailedSessions(),
      isShortOfMemory: () => streams.bus.isShortOfMemory,
      encrypted: new ReusedBuffer(),
      id,
      policies: this.#policies,
      faults: this.faults,
      now,
    };
    this.#admission = new Admission(limits);
    this.#guard = new Guard(this.faults, "task", () => {});
    this.#context.sweep.add(this);
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

  /** Shared by connections to other servers and connections from peers. */
  get driverContext(): DriverContext {
    return this.#context;
  }

  /** Tells an observer of all streams that begin and end from now on. */
  observe(observer: StreamObserver): void {
    this.#context.streams.observe(observer);
  }

  /** Adds a policy, after those added before and ahead of `live only` and SWF verification. */
  addPolicy(policy: Policy): void {
    this.#policies.splice(this.#policies.indexOf(LIVE_ONLY), 0, policy);
  }

  /** Peers; other processes of this server do not count. */
  get connections(): number {
    return this.#pumps.size - this.neighbours;
  }

  /** Connections of other processes of this server, each of which plays one stream. */
  get neighbours(): number {
    let count = 0;
    for (const pump of this.#pumps) if (pump.isInternal) count += 1;
    return count;
  }

  /** Streams published in this process, not in another one of this server. */
  get ownStreams(): readonly Stream[] {
    const { streams } = this.#context;
    return [...this.streams.values()].filter((stream) => !streams.publicationOf(stream)?.source.isNeighbours);
  }

  /** How long messages are merged at present, in milliseconds. */
  get mergeWindowMs(): number {
    return this.#mergeWindow.windowMs;
  }

  /** The longest time that writing to viewers held the event loop since the last call, in milliseconds. */
  takeLongestHoldMs(): number {
    return this.#context.fanOut.takeLongestHoldMs();
  }

  /** A permit for a connection from this address, before anything else is spent on it; undefined if a limit is reached. */
  admit(address: string): ConnectionPermit | undefined {
    const exceeded = this.#closing ? "closing" : this.#admission.enter(address);
    if (!exceeded) {
      return new ConnectionPermit(this.#admission, address, (other) =>
        this.#logRefusal("maxConnectionsPerAddress", other),
      );
    }
    this.#logRefusal(exceeded, address);
    return undefined;
  }

  /** Accepts a peer with its permit. Without a permit, its Link is destroyed. */
  accept(link: Link, permit: Held | undefined = this.admit(link.remoteAddress)): void {
    if (permit && !this.#closing)
      this.#pumps.add(new Pump(this.#context, link, (pump) => this.#gone(pump, permit)));
    else link.destroy();
  }

  /** Publishes from within the process, or returns the reason why it cannot. */
  publish(names: StreamNames, source: StreamSource = { query: "", via: [] }): Publication | Refusal {
    const { streams } = this.#context;
    const key = streams.bus.keyOf(names);
    return typeof key === "string" ? key : streams.publish(key, source);
  }

  /** Plays from within the process. The stream is fetched if necessary. */
  play(names: StreamNames, options: ViewerOptions, reader: Flushable): Subscription | Refusal {
    const { streams } = this.#context;
    const key = streams.bus.keyOf(names);
    return typeof key === "string" ? key : streams.play(key, options, reader, []);
  }

  /** Reads a stream from within the process, without causing it to be fetched. */
  follow(stream: Stream, options: ViewerOptions, reader: Flushable): Subscription {
    return this.#context.streams.follow(stream, options, reader);
  }

  /** Ends the publication of a stream, because another process of this server publishes it now. */
  evictPublisher(path: string): void {
    this.#context.streams.evictPublisher(path);
  }

  /** Resolves when the publisher of a stream was heard or has ended, or if there is none. */
  confirmPublisher(path: string): Promise<void> {
    return this.#context.streams.confirmPublisher(path) ?? Promise.resolve();
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
    for (const pump of this.#pumps) pump.end("shutdown");
    if (this.#pumps.size > 0) await emptied;
    this.#context.sweep.delete(this);
  }

  #gone(pump: Pump, permit: Held): void {
    this.#pumps.delete(pump);
    permit.leave();
    if (this.#pumps.size === 0) this.#onEmpty?.();
  }

  /** Called a few times a second. Streams expire whatever becomes of one pump. */
  sweep(nowMs: number): void {
    this.#guard.run(() => this.#adaptMergeWindow());
    for (const pump of this.#pumps) pump.sweep(nowMs);
    this.#context.streams.expire(nowMs);
  }

  #adaptMergeWindow(): void {
    const utilization = loop.eventLoopUtilization();
    const { idle, active } = utilization;
    const elapsedMs = idle + active - this.#utilization.idle - this.#utilization.active;
    const busyMs = active - this.#utilization.active;
    this.#utilization = utilization;
    if (elapsedMs > 0) this.#mergeWindow.observe(busyMs / elapsedMs, elapsedMs);
  }

  #logRefusal(reason: string, remoteAddress: string): void {
    this.#refused += 1;
    const nowMs = this.#context.now();
    if (nowMs - this.#refusalLoggedMs < REFUSAL_LOG_INTERVAL_MS) return;
    this.#refusalLoggedMs = nowMs;
    this.#context.log.warn({ reason, remoteAddress, refused: this.#refused }, "connections refused");
    this.#refused = 0;
  }
}

function connectionOptions(options: GatewayOptions): ServerConnectionOptions {
  const { limits, timeouts, chunkSize, ackWindow, rtmpe } = options;
  const pool = new RandomPool();
  const random = (length: number): Uint8Array => pool.take(length);
  return { random, chunkSize, ackWindow, rtmpe, timeouts, limits: connectionLimits(limits) };
}
