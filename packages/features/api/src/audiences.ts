import { setImmediate as nextTurn } from "node:timers/promises";
import type { Stream } from "@headgate/bus";
import {
  endReason,
  type Session,
  type SessionObserver,
  type StreamObserver,
  type StreamUse,
} from "@headgate/gateway";
import { RateSample } from "./rate-sample.ts";
import { type Audience, SLICE } from "./server-view.ts";

/** How many viewers are counted before others get their turn: each is a few additions. */
const COUNTED_AT_ONCE = 20 * SLICE;

/** A stream, and what is remembered of it. */
interface StreamRecord {
  readonly viewers: Map<StreamUse, Session>;
  readonly sent: RateSample;
  /** Sent to viewers that have left, less what those that are there were sent before they came. */
  otherBytes: number;
  publishedMs: number | undefined;
}

/** Who views which live stream. It costs something when viewers come and go, and nothing in between. */
export class Audiences {
  readonly streamObserver: StreamObserver = {
    published: (stream) => {
      this.#recordOf(stream).publishedMs = this.#now();
    },
    unpublished: (stream) => {
      this.#recordOf(stream).publishedMs = undefined;
    },
  };
  readonly sessionObserver: SessionObserver = {
    connected: () => {
      this.#accepted += 1;
    },
    played: (session, use) => this.#enter(session, use),
    stopped: (session, use) => this.#leave(session, use),
    closed: ({ bytesReceived, bytesSent }, reason) => {
      const known = endReason(reason);
      this.#ended.set(known, (this.#ended.get(known) ?? 0) + 1);
      this.#leftReceivedBytes += bytesReceived;
      this.#leftSentBytes += bytesSent;
    },
  };
  readonly #records = new WeakMap<Stream, StreamRecord>();
  readonly #now: () => number;
  /** What an operator is woken for is told before it has happened: else Prometheus would see no growth at its first time. */
  readonly #ended = new Map<string, number>([["stalled", 0]]);
  #accepted = 0;
  #leftReceivedBytes = 0;
  #leftSentBytes = 0;
  #leftDrops = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Sessions so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** How many sessions have ended, by the reason: its code, or words of which there are only so many. */
  get ended(): ReadonlyMap<string, number> {
    return this.#ended;
  }

  /** What all sessions that have ended have received and sent, and how often viewers that have left had lost their place. */
  get left(): { readonly receivedBytes: number; readonly sentBytes: number; readonly drops: number } {
    return {
      receivedBytes: this.#leftReceivedBytes,
      sentBytes: this.#leftSentBytes,
      drops: this.#leftDrops,
    };
  }

  /** Milliseconds of the gateway's clock; undefined while nobody publishes it. */
  publishedMs(stream: Stream): number | undefined {
    return this.#records.get(stream)?.publishedMs;
  }

  /** By what each of them does, in the order of their arrival. */
  viewersOf(stream: Stream): ReadonlyMap<StreamUse, Session> {
    return this.#records.get(stream)?.viewers ?? new Map();
  }

  /** Counted at once: for a metric, which looks at all streams. */
  countOf(stream: Stream): { readonly viewers: number; readonly sentBytes: number } {
    const record = this.#records.get(stream);
    let sentBytes = record?.otherBytes ?? 0;
    for (const session of record?.viewers.values() ?? []) sentBytes += session.bytesSent;
    return { viewers: record?.viewers.size ?? 0, sentBytes };
  }

  /** A session that plays more than one stream at once counts with all of its bytes in each. */
  async of(stream: Stream): Promise<Audience> {
    const record = this.#records.get(stream);
    if (!record) return NOBODY;
    const byTransport: Record<string, number> = {};
    let sentBytes = record.otherBytes;
    let counted = 0;
    for (const { transport, bytesSent } of record.viewers.values()) {
      byTransport[transport] = (byTransport[transport] ?? 0) + 1;
      sentBytes += bytesSent;
      counted += 1;
      if (counted % COUNTED_AT_ONCE === 0) await nextTurn();
    }
    const sentKbps = record.sent.take(this.#now(), sentBytes);
    return { count: counted, byTransport, sentBytes, sentKbps };
  }

  #enter(session: Session, use: StreamUse): void {
    if (!use.stream) return;
    const record = this.#recordOf(use.stream);
    record.viewers.set(use, session);
    record.otherBytes -= session.bytesSent;
  }

  #leave(session: Session, use: StreamUse): void {
    if (!use.stream) return;
    const record = this.#recordOf(use.stream);
    record.viewers.delete(use);
    record.otherBytes += session.bytesSent;
    this.#leftDrops += use.playback?.lagCount ?? 0;
  }

  #recordOf(stream: Stream): StreamRecord {
    let record = this.#records.get(stream);
    if (!record) {
      record = {
        viewers: new Map(),
        sent: new RateSample(this.#now(), 0),
        otherBytes: 0,
        publishedMs: undefined,
      };
      this.#records.set(stream, record);
    }
    return record;
  }
}

export const NOBODY: Audience = { count: 0, byTransport: {}, sentBytes: 0, sentKbps: 0 };
