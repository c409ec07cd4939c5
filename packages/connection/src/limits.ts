import { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from "@headgate/chunk";
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from "@headgate/session";

/** What one peer may cost this side. */
export interface ConnectionLimits {
  readonly chunk: ChunkLimits;
  readonly session: SessionLimits;
  /** Replies the driver has not yet taken, in bytes: a peer that asks and never reads is ended, not served for ever. */
  readonly maxPendingOutputBytes: number;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  chunk: DEFAULT_CHUNK_LIMITS,
  session: DEFAULT_SESSION_LIMITS,
  maxPendingOutputBytes: 256 * 1024,
};
