/** How much one peer may make its decoder hold. All three are needed: message length times chunk streams is a memory bomb. */
export interface ChunkLimits {
  /** The longest message taken, in bytes; the format itself allows 16 MiB. */
  readonly maxMessageBytes: number;
  /** Memory for unfinished messages of all chunk streams together, in bytes. */
  readonly maxPartialBytes: number;
  readonly maxChunkStreams: number;
}

export const DEFAULT_CHUNK_LIMITS: ChunkLimits = {
  maxMessageBytes: 8 * 1024 * 1024,
  maxPartialBytes: 16 * 1024 * 1024,
  maxChunkStreams: 168,
};
