import type { Stream } from "@headgate/bus";
import type { DriverContext, Swept } from "@headgate/driver";
import type { Gateway, Session, SessionObserver, StreamObserver } from "@headgate/gateway";
import type { History } from "./history.ts";
import { Places } from "./places.ts";
import type { QualityReply } from "./quality-reply.ts";
import { SessionQuality } from "./session-quality.ts";
import { StreamQuality } from "./stream-quality.ts";

/**
 * Of so many streams and so many sessions of a process there is a history: 14 MB in all, and a millisecond of each second. It is more
 * than an operator looks at, and what is looked at has a place before what is not.
 */
export const MAX_STREAM_HISTORIES = 500;
export const MAX_SESSION_HISTORIES = 500;

const SECOND_MS = 1_000;

/** `no place`: as many others are looked at as there are places. */
export type QualityAnswer = QualityReply | "no place" | undefined;

/**
 * How streams and sessions have fared in the last ten minutes. It looks at them once a second, and costs nothing while there are
 * none. A viewer gives way to a publisher, and both to what an operator asks for.
 */
export class Quality implements Swept {
  readonly streamObserver: StreamObserver = {
    published: (stream, { isInternal }) => {
      if (!isInternal) this.#places(() => this.#streams.add(stream, () => this.#beginStream(stream)));
    },
  };
  readonly sessionObserver: SessionObserver = {
    published: (session) =>
      this.#places(() => this.#sessions.prefer(session, () => this.#beginSession(session))),
    played: (session) => this.#places(() => this.#sessions.add(session, () => this.#beginSession(session))),
    closed: (session) => this.#sessions.delete(session),
  };
  readonly #gateway: Gateway;
  readonly #sweep: DriverContext["sweep"];
  readonly #now: () => number;
  readonly #streams = new Places<Stream, StreamQuality>(MAX_STREAM_HISTORIES);
  readonly #sessions = new Places<Session, SessionQuality>(MAX_SESSION_HISTORIES);
  /** The second that is sampled next. */
  #second = 0;

  constructor(gateway: Gateway, { sweep, now }: Pick<DriverContext, "sweep" | "now">) {
    this.#gateway = gateway;
    this.#sweep = sweep;
    this.#now = now;
  }

  /** Of how many there is a history. */
  get counts(): { readonly streams: number; readonly sessions: number } {
    return { streams: this.#streams.size, sessions: this.#sessions.size };
  }

  ofStream(stream: Stream, seconds: number): QualityAnswer {
    const kept = this.#places(() => this.#streams.prefer(stream, () => this.#beginStream(stream)));
    return kept ? this.#reply(stream.key.path, kept.history, seconds) : "no place";
  }

  ofSession(session: Session, seconds: number): QualityAnswer {
    const kept = this.#places(() => this.#sessions.prefer(session, () => this.#beginSession(session)));
    return kept ? this.#reply(session.id, kept.history, seconds) : "no place";
  }

  /** Called a few times a second, while there is anything to look at. */
  sweep(nowMs: number): void {
    const second = Math.floor(nowMs / SECOND_MS);
    if (second < this.#second) return;
    this.#second = second + 1;
    for (const [session, quality] of this.#sessions) {
      quality.take(nowMs, second);
      for (const { stream, playback } of session.uses)
        if (playback && stream)
          this.#streams.get(stream)?.heardOf(playback.behindMs(nowMs), playback.bufferLengthMs);
    }
    for (const [stream, quality] of this.#streams) {
      if (this.#gateway.streams.get(stream.key.path) === stream)
        quality.take(this.#gateway.sourceOf(stream)?.session, nowMs, second);
      else this.#streams.delete(stream);
    }
    if (this.#streams.size + this.#sessions.size === 0) this.close();
  }

  /** Looks at nothing any more. */
  close(): void {
    this.#sweep.delete(this);
  }

  #places<Kept>(take: () => Kept): Kept {
    if (this.#streams.size + this.#sessions.size === 0) {
      this.#second = Math.floor(this.#now() / SECOND_MS) + 1;
      this.#sweep.add(this);
    }
    return take();
  }

  #beginStream(stream: Stream): StreamQuality {
    return new StreamQuality(stream, this.#now(), this.#second);
  }

  #beginSession(session: Session): SessionQuality {
    return new SessionQuality(session, this.#now(), this.#second);
  }

  #reply(id: string, history: History, seconds: number): QualityReply {
    const ageMs = this.#now() - history.newest * SECOND_MS;
    return {
      id,
      interval_ms: SECOND_MS,
      seq: history.newest,
      time: Math.round(Date.now() - ageMs),
      ...history.read(seconds),
    };
  }
}
