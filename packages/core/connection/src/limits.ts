import { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from "@headgate/chunk";
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from "@headgate/session";

/** The resources one peer may use. */
export interface ConnectionLimits {
  readonly chunk: ChunkLimits;
  readonly session: SessionLimits;
  /** Replies the driver has not yet taken, in bytes: a peer that asks and never reads is ended, not served for ever. */
  readonly maxPendingOutputBytes: number;
}

/** All messages of a peer before its `connect` is accepted: a connect with all its URLs is a few KiB. Bytes. */
export const MAX_BYTES_BEFORE_CONNECT: number = 64 * 1024;

/**
 * Input of a peer that waits for its next turn. The driver pauses reading long before; a Link then still delivers what is under
 * way, in a tunnel a whole request. Bytes.
 */
export const MAX_WAITING_BYTES: number = 20 * 1024 * 1024;

/**
 * How much input is decoded between two looks at how long the turn has lasted: in the worst case, half a millisecond, that is
 * eight thousand chunks of one byte each, or three thousand SetChunkSize, neither of which makes a message. Bytes.
 */
export const MAX_SLICE_BYTES: number = 16 * 1024;

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  chunk: DEFAULT_CHUNK_LIMITS,
  session: DEFAULT_SESSION_LIMITS,
  maxPendingOutputBytes: 256 * 1024,
};
