import { RateSample } from "./rate-sample.ts";
import type { Slice } from "./server-view.ts";
import type { TunnelReply } from "./tunnel-reply.ts";

/** A session through HTTP, as it counts itself. */
export interface TunnelState {
  readonly transport: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly queuedBytes: number;
  readonly requests: number;
  /** By `performance.now()`. */
  readonly seenMs: number;
  readonly isClosed: boolean;
}

/** The sessions through HTTP of a process. */
export interface TunnelsParts {
  /** How many there are. */
  readonly sessions: number;
  states(): Iterable<TunnelState>;
}

/** Kilobits of a sample are 8 bits each, and a request is one. */
const PER_SECOND = 1_000 / 8;

/** Describes sessions through HTTP, from what they count anyway. */
export class Tunnels {
  readonly #tunnels: TunnelsParts;
  readonly #now: () => number;
  readonly #samples = new WeakMap<TunnelState, RateSample>();

  constructor(tunnels: TunnelsParts, now: () => number) {
    this.#tunnels = tunnels;
    this.#now = now;
  }

  slice(start: number, count: number): Slice<TunnelReply> {
    const items: TunnelReply[] = [];
    let index = 0;
    for (const state of this.#tunnels.states()) {
      if (index >= start + count) break;
      if (index >= start) items.push(this.#describe(state));
      index += 1;
    }
    return { total: this.#tunnels.sessions, items };
  }

  #describe(state: TunnelState): TunnelReply {
    const nowMs = this.#now();
    const sample = this.#samples.get(state) ?? new RateSample(nowMs, state.requests);
    this.#samples.set(state, sample);
    return {
      ip: state.remoteAddress,
      port: state.remotePort,
      transport: state.transport,
      polls: state.requests,
      polls_per_second: Math.round(10 * PER_SECOND * sample.take(nowMs, state.requests)) / 10,
      idle_ms: state.isClosed ? null : Math.max(0, Math.round(performance.now() - state.seenMs)),
      queued_bytes: state.queuedBytes,
      recv_bytes: state.bytesReceived,
      send_bytes: state.bytesSent,
    };
  }
}
