/** Memory, over all connections, for input that the process cannot use yet. */
export interface SharedMemory {
  /** Notes how much the holder holds now. False if that exceeds the limit: then it must be released. */
  tryHold(holder: object, bytes: number): boolean;
  release(holder: object): void;
}
