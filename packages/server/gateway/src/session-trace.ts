import type { Peer } from "@headgate/driver";
import { describeMessage, type SessionLimits } from "@headgate/session";
import type { Logger } from "pino";
import type { TraceOptions } from "./config.ts";

/** Lines kept until a session names a stream: Flash and OBS exchange some twenty messages before. */
const MAX_KEPT_LINES = 100;

type Line = readonly [fields: object, text: string];

interface TracedSession {
  readonly peer: Peer;
  readonly amf: SessionLimits["amf"];
  readonly remoteAddress: string;
  readonly log: () => Logger;
}

/** Writes the protocol of one session to the log, at level `trace`. */
export class SessionTrace {
  readonly #session: TracedSession;
  /** The stream that the session must name. */
  readonly #stream: string | undefined;
  /** Lines until it does; undefined once they are written. */
  #kept: Line[] | undefined;

  /** Undefined if nothing of the session can come into the log: then tracing costs no more than this. */
  static of(
    session: TracedSession,
    { address, stream }: TraceOptions,
    isAll: boolean,
  ): SessionTrace | undefined {
    if (isAll || session.remoteAddress === address) return new SessionTrace(session, undefined);
    return stream ? new SessionTrace(session, stream) : undefined;
  }

  private constructor(session: TracedSession, stream: string | undefined) {
    this.#session = session;
    this.#stream = stream;
    this.#kept = stream === undefined ? undefined : [];
    session.peer.onMessage = (direction, message) => {
      const text = describeMessage(message, session.amf);
      if (text !== undefined) this.#write({}, `${direction} ${text}`);
    };
  }

  /** Whether the session's log must have the level `trace`. */
  get isOn(): boolean {
    return this.#kept === undefined;
  }

  handshakeDone(): void {
    const { handshake } = this.#session.peer;
    if (!handshake) return;
    const { kind, peerVersion } = handshake;
    const layout = kind === "simple" ? undefined : handshake.layout;
    const rtmpeVersion = kind === "rtmpe" ? handshake.version : undefined;
    this.#write({ kind, peerVersion, layout, rtmpeVersion }, "handshake done");
  }

  /** The peer wants to publish or play this stream. */
  named(path: string): void {
    const kept = this.#kept;
    if (!kept || path !== this.#stream) return;
    this.#kept = undefined;
    this.#session.log().level = "trace";
    for (const line of kept) this.#write(...line);
  }

  #write(...line: Line): void {
    if (!this.#kept) return this.#session.log().trace(...line);
    if (this.#kept.length >= MAX_KEPT_LINES) this.#kept.shift();
    this.#kept.push(line);
  }
}
