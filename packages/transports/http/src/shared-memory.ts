/** Memory, over all connections, for input that the process cannot use yet. */
export interface SharedMemory {
  /**
   * Notes how much the holder holds now, for the address with this key. False if that exceeds the limit: then it must be
   * released.
   */
  tryHold(holder: object, bytes: number, address: string): boolean;
  release(holder: object): void;
}
