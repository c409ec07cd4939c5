/** The body of a reply. What is sent stays where it lies, which is mostly the memory that all viewers of a stream share. */
export interface TunnelReply {
  /** The first byte: when to ask again. */
  readonly interval: number;
  /** What follows it. */
  readonly pieces: readonly Uint8Array[];
  /** Of the whole body. Bytes. */
  readonly length: number;
}
