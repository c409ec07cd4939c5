import type { TLSSocket } from "node:tls";
import { type Faults, Guard } from "@headgate/transport";
import { endInvalid, type OnInvalid } from "./server-socket.ts";

/**
 * Of one connection in a minute. An honest client updates its key once in some million records; each update costs this
 * process up to 17 µs for 27 bytes, and never reaches RTMP, whose limits would bound it.
 */
export const MAX_KEY_UPDATES = 128;

const WINDOW_MS = 60_000;

/**
 * Of all connections in one turn of the event loop: some 5 ms of work. Node reads up to half a MiB of a connection, and so of
 * each, before anything else happens; beyond this limit it reads no connection inside TLS until the next turn.
 */
export const MAX_KEY_UPDATES_AT_ONCE = 256;

/** What OpenSSL says when it has taken a client's KeyUpdate. The same of the server's own is not counted. */
const KEY_UPDATE = "CLIENT_TRAFFIC_SECRET_N ";

/**
 * Bounds what KeyUpdates of TLS 1.3 (RFC 8446 §4.6.3) cost. Node handles them without a word, but tells of each new key, as it
 * would tell a program that records keys for debugging.
 */
export class KeyUpdateWatch {
  readonly #watched = new Set<TLSSocket>();
  readonly #faults: Faults;
  readonly #onTurn: () => void;
  #inTurn = 0;

  constructor(faults: Faults) {
    this.#faults = faults;
    const guard = new Guard(faults, "task", () => {});
    this.#onTurn = guard.entry(() => this.#resume());
  }

  /** Until the connection closes. */
  watch(secured: TLSSocket, onInvalid: OnInvalid): void {
    const guard = new Guard(this.#faults, "connection", () => secured.destroy());
    const end = guard.entry(() => {
      if (!secured.destroyed) endInvalid(secured, "too many KeyUpdates", onInvalid);
    });
    let windowEndMs = 0;
    let inWindow = 0;
    const onKey = guard.entry((line: Buffer) => {
      if (line.toString("latin1", 0, KEY_UPDATE.length) !== KEY_UPDATE) return;
      this.#count();
      const nowMs = performance.now();
      if (nowMs >= windowEndMs) [windowEndMs, inWindow] = [nowMs + WINDOW_MS, 0];
      inWindow += 1;
      // OpenSSL is at work on this connection.
      if (inWindow === MAX_KEY_UPDATES + 1) setImmediate(end);
    });
    this.#watched.add(secured);
    secured.on("keylog", onKey);
    secured.once(
      "close",
      guard.entry(() => this.#watched.delete(secured)),
    );
  }

  #count(): void {
    if (this.#inTurn === 0) setImmediate(this.#onTurn);
    this.#inTurn += 1;
    if (this.#inTurn !== MAX_KEY_UPDATES_AT_ONCE) return;
    for (const secured of this.#watched) handleOf(secured)?.readStop();
  }

  #resume(): void {
    const isStopped = this.#inTurn >= MAX_KEY_UPDATES_AT_ONCE;
    this.#inTurn = 0;
    if (!isStopped) return;
    for (const secured of this.#watched) {
      const handle = handleOf(secured);
      if (handle?.reading) handle.readStart();
    }
  }
}

/** Node's own part of a socket. `pause` would stop only the part above it. */
interface Handle {
  /** Whether the stream wants to be read. */
  readonly reading: boolean;
  readStart(): void;
  readStop(): void;
}

function handleOf(secured: TLSSocket): Handle | null {
  return (secured as unknown as { readonly _handle: Handle | null })._handle;
}
