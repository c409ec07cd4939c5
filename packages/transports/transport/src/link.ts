/**
 * The names of the transports, for logs and policies only. `worker` is between processes of one server, `http` and `https` are for
 * players that ask for one thing, and those that end in `-flv` for live streams in requests and WebSockets, which have no Link.
 */
export type TransportName =
  | "rtmp"
  | "rtmpt"
  | "rtmps"
  | "rtmpe"
  | "rtmpte"
  | "rtmpts"
  | "http"
  | "https"
  | "http-flv"
  | "https-flv"
  | "ws-flv"
  | "wss-flv"
  | "memory"
  | "worker";

const ENCRYPTED: Partial<Record<TransportName, TransportName>> = { rtmp: "rtmpe", rtmpt: "rtmpte" };

/** The name of a transport with RTMPE, about which a Link knows nothing. */
export function encryptedName(transport: TransportName): TransportName {
  return ENCRYPTED[transport] ?? transport;
}

/** Receives the events of a Link. None of these is called from within a call to the Link. */
export interface LinkHandler {
  /** Bytes have arrived, at least one. The Link may use their memory again once the call has returned. */
  onBytes(bytes: Uint8Array): void;
  /** The Link was not writable and is writable again. */
  onWritable(): void;
  /** The last call, once: the Link is closed. With a reason if neither side had ended it. */
  onClosed(reason?: string): void;
}

/**
 * One peer's byte pipe: a TCP or TLS connection, or an HTTP tunnel. Callers check `writable` before they write: that is the
 * only backpressure, and a Link keeps no queue beyond the writes it has accepted.
 */
export interface Link {
  readonly transport: TransportName;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** What was written and has not left the process; in a tunnel, also replies that are kept to be repeated. */
  readonly queuedBytes: number;
  /** Whether the peer has taken most of what was written. False for good once the Link is ending. */
  readonly writable: boolean;
  /**
   * Begins to deliver. To be called once, in the turn in which the Link was handed over, unless the Link is destroyed in that
   * turn. Writing before is allowed.
   */
  open(handler: LinkHandler): void;
  /**
   * Takes bytes, writable or not; ignored once the Link is ending. Returns whether they have already left the process. If not,
   * they must not change any more.
   */
  write(bytes: Uint8Array): boolean;
  /**
   * Pauses reading. Bytes under way may still be delivered, never more than a socket's buffers or an HTTP request's body hold.
   */
  pause(): void;
  /** Resumes reading. Nothing that arrived meanwhile is lost. */
  resume(): void;
  /**
   * Ends the Link after everything written has been sent. `onClosed` follows, without a time limit. A peer that ends its side
   * ends the Link in the same way.
   */
  end(): void;
  /** Ends the Link at once. `onClosed` follows. */
  destroy(): void;
}
