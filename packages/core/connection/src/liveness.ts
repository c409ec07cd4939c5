/** How long each state of a connection may last. Milliseconds. */
export interface ConnectionTimeouts {
  /** From the connection to its first byte. */
  readonly firstByteMs: number;
  /** From the first byte to the end of the handshake. */
  readonly handshakeMs: number;
  /** From the handshake to an accepted `connect`. */
  readonly connectMs: number;
  /** A peer silent for this long is sent a ping. */
  readonly pingIntervalMs: number;
  /** A peer that is silent for this long after the ping is disconnected. */
  readonly pingTimeoutMs: number;
}

/** Why a connection has expired. */
export type ExpiryReason = "first byte timeout" | "handshake timeout" | "connect timeout" | "ping timeout";

/** Checks that a peer makes progress in time, from its first byte to its last. */
export class Liveness {
  readonly #timeouts: ConnectionTimeouts;
  #phase: "firstByte" | "handshake" | "connect" | "connected" = "firstByte";
  /** When the phase began; in the last phase, when the peer was last heard. */
  #sinceMs: number;
  /** When the ping went out, if nothing has been heard since. */
  #pingedMs: number | undefined;

  constructor(timeouts: ConnectionTimeouts, nowMs: number) {
    this.#timeouts = timeouts;
    this.#sinceMs = nowMs;
  }

  /** The peer has sent or taken bytes. */
  heard(nowMs: number): void {
    if (this.#phase === "firstByte") this.#enter("handshake", nowMs);
    if (this.#phase !== "connected") return;
    this.#sinceMs = nowMs;
    this.#pingedMs = undefined;
  }

  handshakeDone(nowMs: number): void {
    this.#enter("connect", nowMs);
  }

  /** May be called more than once; only the first call counts. */
  connected(nowMs: number): void {
    if (this.#phase === "connect") this.#enter("connected", nowMs);
  }

  get nextTimeoutMs(): number {
    const { firstByteMs, handshakeMs, connectMs, pingIntervalMs, pingTimeoutMs } = this.#timeouts;
    if (this.#phase === "firstByte") return this.#sinceMs + firstByteMs;
    if (this.#phase === "handshake") return this.#sinceMs + handshakeMs;
    if (this.#phase === "connect") return this.#sinceMs + connectMs;
    return this.#pingedMs === undefined ? this.#sinceMs + pingIntervalMs : this.#pingedMs + pingTimeoutMs;
  }

  /** When the peer was last heard; when the phase began, if it is not connected. */
  get heardMs(): number {
    return this.#sinceMs;
  }

  /** A ping goes out before it is due. */
  pinged(nowMs: number): void {
    if (this.#phase === "connected") this.#pingedMs ??= nowMs;
  }

  /** What is due at this time: a ping, the end, or nothing. */
  check(nowMs: number): "ping" | ExpiryReason | undefined {
    if (nowMs < this.nextTimeoutMs) return undefined;
    if (this.#phase === "firstByte") return "first byte timeout";
    if (this.#phase === "handshake") return "handshake timeout";
    if (this.#phase === "connect") return "connect timeout";
    if (this.#pingedMs !== undefined) return "ping timeout";
    this.#pingedMs = nowMs;
    return "ping";
  }

  #enter(phase: "handshake" | "connect" | "connected", nowMs: number): void {
    this.#phase = phase;
    this.#sinceMs = nowMs;
  }
}
