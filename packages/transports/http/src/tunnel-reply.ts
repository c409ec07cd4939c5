/** The body of a reply. Its bytes are not copied: mostly they lie in the memory that all viewers of a stream share. */
export interface TunnelReply {
  /** The first byte: when to ask again. */
  readonly interval: number;
  /** The bytes after it. */
  readonly pieces: readonly Uint8Array[];
  /** Of the whole body. Bytes. */
  readonly length: number;
}
