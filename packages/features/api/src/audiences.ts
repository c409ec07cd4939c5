import type { Stream } from "@headgate/bus";
import {
  endReason,
  type Gateway,
  type Session,
  type SessionObserver,
  type StreamObserver,
  type StreamUse,
} from "@headgate/gateway";
import { RateSample } from "./rate-sample.ts";
import type { Audience } from "./server-view.ts";

/** A stream, and what is remembered of it. */
interface StreamRecord {
  readonly viewers: Map<StreamUse, Session>;
  readonly byTransport: Map<string, number>;
  readonly sent: RateSample;
  publishedMs: number | undefined;
}

/** Sessions that have the same labels. */
export interface SessionCount {
  readonly transport: string;
  /** The configured one of its first stream, or else of `connect`. */
  readonly application: string;
  count: number;
}

/** Sessions, and who views which live stream. It costs something when they come and go, and nothing in between. */
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
    connected: (session) => {
      this.#accepted += 1;
      this.#count(session);
    },
    published: (session) => this.#count(session),
    unpublished: (session) => this.#count(session),
    played: (session, use) => {
      this.#enter(session, use);
      this.#count(session);
    },
    stopped: (session, use) => {
      this.#leave(session, use);
      this.#count(session);
    },
    closed: (session, reason) => {
      const known = endReason(reason);
      this.#ended.set(known, (this.#ended.get(known) ?? 0) + 1);
      this.#discount(session);
    },
  };
  readonly #records = new WeakMap<Stream, StreamRecord>();
  readonly #gateway: Pick<Gateway, "applicationOf">;
  readonly #now: () => number;
  readonly #counts = new Map<string, SessionCount>();
  readonly #countOf = new Map<Session, SessionCount>();
  /** What an operator is woken for is told before it has happened: else Prometheus would see no growth at its first time. */
  readonly #ended = new Map<string, number>([["stalled", 0]]);
  #accepted = 0;

  constructor(gateway: Pick<Gateway, "applicationOf">, now: () => number) {
    this.#gateway = gateway;
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

  /** How many sessions there are, by transport and configured application. */
  get counts(): Iterable<Readonly<SessionCount>> {
    return this.#counts.values();
  }

  /** Milliseconds of the gateway's clock; undefined while nobody publishes it. */
  publishedMs(stream: Stream): number | undefined {
    return this.#records.get(stream)?.publishedMs;
  }

  /** By what each of them does, in the order of their arrival. */
  viewersOf(stream: Stream): ReadonlyMap<StreamUse, Session> {
    return this.#records.get(stream)?.viewers ?? new Map();
  }

  of(stream: Stream): Audience {
    const record = this.#records.get(stream);
    if (!record) return NOBODY;
    const { viewers, byTransport, sent } = record;
    const { sentBytes } = stream;
    const sentKbps = sent.take(this.#now(), sentBytes);
    return { count: viewers.size, byTransport: Object.fromEntries(byTransport), sentBytes, sentKbps };
  }

  #enter(session: Session, use: StreamUse): void {
    if (!use.stream) return;
    const { viewers, byTransport } = this.#recordOf(use.stream);
    viewers.set(use, session);
    byTransport.set(session.transport, (byTransport.get(session.transport) ?? 0) + 1);
  }

  #leave({ transport }: Session, use: StreamUse): void {
    if (!use.stream) return;
    const { viewers, byTransport } = this.#recordOf(use.stream);
    viewers.delete(use);
    const left = (byTransport.get(transport) ?? 0) - 1;
    if (left > 0) byTransport.set(transport, left);
    else byTransport.delete(transport);
  }

  /** It counts for what it does now. */
  #count(session: Session): void {
    const { transport, uses, connect } = session;
    const application = this.#gateway.applicationOf(uses[0]?.key ?? connect ?? NAMELESS);
    const known = this.#countOf.get(session);
    if (known?.application === application) return;
    this.#discount(session);
    const labels = `${transport} ${application}`;
    const count = this.#counts.get(labels) ?? { transport, application, count: 0 };
    count.count += 1;
    this.#counts.set(labels, count);
    this.#countOf.set(session, count);
  }

  #discount(session: Session): void {
    const known = this.#countOf.get(session);
    if (!known) return;
    this.#countOf.delete(session);
    known.count -= 1;
    if (known.count === 0) this.#counts.delete(`${known.transport} ${known.application}`);
  }

  #recordOf(stream: Stream): StreamRecord {
    let record = this.#records.get(stream);
    if (!record) {
      record = {
        viewers: new Map(),
        byTransport: new Map(),
        sent: new RateSample(this.#now(), 0),
        publishedMs: undefined,
      };
      this.#records.set(stream, record);
    }
    return record;
  }
}

const NAMELESS = { application: "" };

export const NOBODY: Audience = { count: 0, byTransport: {}, sentBytes: 0, sentKbps: 0 };
