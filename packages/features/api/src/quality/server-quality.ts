import { SWEEP_INTERVAL_MS, type Swept } from "@headgate/driver";
import type { Gateway } from "@headgate/gateway";
import { ratioOf } from "./elapsed.ts";
import { HISTORY_SECONDS, History } from "./history.ts";
import { COMBINED, SERVER_FIELDS, type ServerField } from "./server-fields.ts";
import type { ServerQualityReply } from "./server-quality-reply.ts";

const SECOND_MS = 1_000;

/** How a process has fared in the last ten minutes, sampled once a second from what it counts anyway: 22 KB. */
export class ServerQuality implements Swept {
  readonly #gateway: Gateway;
  readonly #now: () => number;
  readonly #history: History<ServerField>;
  #second: number;
  #atMs: number;
  #sweptMs: number | undefined;
  #longestDelayMs = 0;
  #cpuMicroseconds = 0;
  #receivedBytes = 0;
  #sentBytes = 0;

  constructor(gateway: Gateway, now: () => number) {
    this.#gateway = gateway;
    this.#now = now;
    this.#atMs = now();
    this.#second = Math.floor(this.#atMs / SECOND_MS) + 1;
    this.#history = new History(SERVER_FIELDS, this.#second);
    this.#count();
  }

  /** Called a few times a second, and late when the process has no time. */
  sweep(nowMs: number): void {
    if (this.#sweptMs !== undefined)
      this.#longestDelayMs = Math.max(this.#longestDelayMs, nowMs - this.#sweptMs - SWEEP_INTERVAL_MS);
    this.#sweptMs = nowMs;
    const second = Math.floor(nowMs / SECOND_MS);
    if (second < this.#second) return;
    this.#second = second + 1;
    this.#take(nowMs, second);
  }

  /** The newest seconds, so many at most. */
  read(seconds: number): ServerQualityReply {
    const ageMs = this.#now() - this.#history.newest * SECOND_MS;
    return {
      interval_ms: SECOND_MS,
      seq: this.#history.newest,
      time: Math.round(Date.now() - ageMs),
      ...this.#history.read(Math.min(seconds, HISTORY_SECONDS)),
    };
  }

  #take(nowMs: number, second: number): void {
    const perSecond = ratioOf(nowMs - this.#atMs);
    const before = { cpu: this.#cpuMicroseconds, received: this.#receivedBytes, sent: this.#sentBytes };
    this.#count();
    const { streams, ownStreams, sessions, mergeWindowMs, internalConnections } = this.#gateway;
    let viewers = -internalConnections;
    for (const { viewers: own } of streams.values()) viewers += own.size;
    this.#history.add(second, {
      cpu_percent: perSecond && ((this.#cpuMicroseconds - before.cpu) / 10_000) * perSecond,
      loop_delay_ms: Math.max(0, this.#longestDelayMs),
      merge_window_ms: mergeWindowMs,
      memory_mbyte: process.memoryUsage.rss() / 1024 ** 2,
      streams: ownStreams.length,
      viewers: Math.max(0, viewers),
      clients: sessions.size,
      recv_kbps: perSecond && ((8 * (this.#receivedBytes - before.received)) / 1_000) * perSecond,
      send_kbps: perSecond && ((8 * (this.#sentBytes - before.sent)) / 1_000) * perSecond,
    });
    this.#longestDelayMs = 0;
    this.#atMs = nowMs;
  }

  #count(): void {
    const { user, system } = process.cpuUsage();
    const { receivedBytes, sentBytes } = this.#gateway.traffic;
    this.#cpuMicroseconds = user + system;
    this.#receivedBytes = receivedBytes;
    this.#sentBytes = sentBytes;
  }
}

/** The seconds of several processes as one. They count seconds differently, so the newest ones are put together. */
export function mergeServerQuality(replies: readonly ServerQualityReply[]): ServerQualityReply | undefined {
  const [first] = replies;
  if (!first || replies.length === 1) return first;
  const length = Math.max(...replies.map(({ streams }) => streams.length));
  const columns = {} as Record<ServerField, readonly (number | null)[]>;
  for (const field of SERVER_FIELDS)
    columns[field] = Array.from({ length }, (_, index) =>
      combined(
        replies.map((reply) => reply[field].at(index - length)),
        COMBINED[field],
      ),
    );
  return { ...first, ...columns };
}

function combined(values: readonly (number | null | undefined)[], how: "sum" | "max"): number | null {
  const known = values.filter((value) => typeof value === "number");
  if (known.length === 0) return null;
  if (how === "max") return Math.max(...known);
  return Math.round(10 * known.reduce((sum, value) => sum + value, 0)) / 10;
}
