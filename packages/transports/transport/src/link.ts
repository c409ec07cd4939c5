/** The names of the transports, for logs and policies; nothing but those looks at them. `worker` is between processes of one server. */
export type TransportName = "rtmp" | "rtmpt" | "rtmps" | "rtmpe" | "rtmpte" | "rtmpts" | "memory" | "worker";

const ENCRYPTED: Partial<Record<TransportName, TransportName>> = { rtmp: "rtmpe", rtmpt: "rtmpte" };

/** The name of a transport over which a peer speaks RTMPE, which a Link knows nothing of. */
export function encryptedName(transport: TransportName): TransportName {
  return ENCRYPTED[transport] ?? transport;
}

/** What a Link tells whoever uses it. None of these is called from within a call to the Link. */
export interface LinkHandler {
  /** Bytes have arrived, at least one. The memory is the handler's to keep: the Link does not use it anew. */
  onBytes(bytes: Uint8Array): void;
  /** The Link, having been not writable, is writable again. */
  onWritable(): void;
  /** The last call, once: the Link is gone. With a reason if neither side had ended it. */
  onClosed(reason?: string): void;
}

/**
 * One peer's byte pipe: a TCP or TLS connection, or an HTTP tunnel. Whoever writes asks `writable` first: that is all the
 * backpressure there is, and a Link keeps no queue beyond the writes it has taken.
 */
export interface Link {
  readonly transport: TransportName;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Whether the peer has taken what was written, more or less. False for good once the Link is ending. */
  readonly writable: boolean;
  /**
   * Begins to deliver. To be called once, in the turn in which the Link was handed over, unless the Link is destroyed in
   * it. Writing may come first.
   */
  open(handler: LinkHandler): void;
  /**
   * Takes bytes, writable or not; ignored once the Link is ending. Returns whether they have left the process already: if
   * not, they are not to change any more.
   */
  write(bytes: Uint8Array): boolean;
  /**
   * Asks the peer to wait, as somebody does who cannot take more: what is under way may still be delivered, which is never
   * more than a socket's buffers or an HTTP request's body hold.
   */
  pause(): void;
  /** Goes on to deliver. Nothing that came meanwhile is lost. */
  resume(): void;
  /**
   * Ends the Link when what was written has been sent. `onClosed` follows, without limit of time. A peer that ends, ends the
   * Link in the same way.
   */
  end(): void;
  /** Ends the Link at once. `onClosed` follows. */
  destroy(): void;
}
