/** Reads a file without reading it: the caller gives the bytes that are asked for. */
export interface FileOpening<Index> {
  /** What to read next; undefined when it is done. */
  readonly wants: { readonly position: number; readonly length: number } | undefined;
  /** The bytes at `wants.position`; fewer than `wants.length` only at the end of the file. Throws a ProtocolError. */
  feed(bytes: Uint8Array): void;
  /** What was found, when it is done. */
  readonly index: Index;
}
