import type { TLSSocket } from "node:tls";
import { type Faults, Guard } from "@headgate/transport";
import { endInvalid, type OnInvalid } from "./end-invalid.ts";

/**
 * Of one connection in a minute. An honest peer updates its key once in some million records, and a server sends a few session
 * tickets; each costs this process up to 40 µs for some 20 bytes, and never reaches RTMP, whose limits would bound it.
 */
export const MAX_POST_HANDSHAKE = 128;

const WINDOW_MS = 60_000;

/**
 * Of all connections in one turn of the event loop: 5 to 10 ms of work. Node reads up to half a MiB of a connection, and so of
 * each, before anything else happens; beyond this limit it reads no connection inside TLS until the next turn.
 */
export const MAX_POST_HANDSHAKE_AT_ONCE = 256;

/** What OpenSSL says when it has taken a peer's KeyUpdate. The same of this process's own is not counted. */
const KEY_UPDATE = {
  client: "CLIENT_TRAFFIC_SECRET_N ",
  server: "SERVER_TRAFFIC_SECRET_N ",
} as const;

/**
 * Bounds what messages of TLS cost that follow the handshake (RFC 8446 §4.6), of peers that are all clients or all servers. Node
 * handles them without a word, but tells of each new key, as it would tell a program that records keys for debugging, of each
 * session ticket, and of each handshake that begins.
 */
export class PostHandshakeWatch {
  readonly #watched = new Set<TLSSocket>();
  readonly #peer: "client" | "server";
  readonly #faults: Faults;
  readonly #onTurn: () => void;
  #inTurn = 0;

  constructor(peer: "client" | "server", faults: Faults) {
    this.#peer = peer;
    this.#faults = faults;
    const guard = new Guard(faults, "task", () => {});
    this.#onTurn = guard.entry(() => this.#resume());
  }

  /** From before its handshake until the connection closes. */
  watch(secured: TLSSocket, onInvalid: OnInvalid): void {
    const guard = new Guard(this.#faults, "connection", () => secured.destroy());
    const end = guard.entry((reason: string) => {
      if (!secured.destroyed) endInvalid(secured, reason, onInvalid);
    });
    // OpenSSL is at work on this connection.
    const endSoon: Tell = (reason) => void setImmediate(end, reason);
    const count = this.#counter(endSoon);
    const keyUpdate = KEY_UPDATE[this.#peer];
    const onKey = guard.entry((line: Buffer) => {
      if (line.toString("latin1", 0, keyUpdate.length) === keyUpdate) count("too many KeyUpdates");
    });
    const onClose = guard.entry(() => this.#watched.delete(secured));
    this.#watched.add(secured);
    secured.on("keylog", onKey);
    secured.once("close", onClose);
    if (this.#peer === "server") watchServer(secured, guard, count, endSoon);
  }

  /** Counts the messages of one connection. */
  #counter(onTooMany: Tell): Tell {
    let windowEndMs = 0;
    let inWindow = 0;
    return (reason) => {
      this.#count();
      const nowMs = performance.now();
      if (nowMs >= windowEndMs) [windowEndMs, inWindow] = [nowMs + WINDOW_MS, 0];
      inWindow += 1;
      if (inWindow === MAX_POST_HANDSHAKE + 1) onTooMany(reason);
    };
  }

  #count(): void {
    if (this.#inTurn === 0) setImmediate(this.#onTurn);
    this.#inTurn += 1;
    if (this.#inTurn !== MAX_POST_HANDSHAKE_AT_ONCE) return;
    for (const secured of this.#watched) handleOf(secured)?.readStop();
  }

  #resume(): void {
    const isStopped = this.#inTurn >= MAX_POST_HANDSHAKE_AT_ONCE;
    this.#inTurn = 0;
    if (!isStopped) return;
    for (const secured of this.#watched) {
      const handle = handleOf(secured);
      if (handle?.reading) handle.readStart();
    }
  }
}

type Tell = (reason: string) => void;

/** Handshakes that a client begins anew end by themselves: see `disableRenegotiation`. */
function watchServer(secured: TLSSocket, guard: Guard, count: Tell, endSoon: Tell): void {
  const onTicket = guard.entry(() => count("too many session tickets"));
  const onHandshake = guard.entry(() => endSoon("renegotiation is not allowed"));
  const onSecure = guard.entry(() => {
    const handle = handleOf(secured);
    if (handle) handle.onhandshakestart = onHandshake;
  });
  secured.on("session", onTicket);
  secured.once("secureConnect", onSecure);
}

/** Node's own part of a socket. `pause` would stop only the part above it. */
interface Handle {
  /** Whether the stream wants to be read. */
  readonly reading: boolean;
  /** Called for each handshake that begins, also for one that the server asks for. */
  onhandshakestart: () => void;
  readStart(): void;
  readStop(): void;
}

function handleOf(secured: TLSSocket): Handle | null {
  return (secured as unknown as { readonly _handle: Handle | null })._handle;
}
