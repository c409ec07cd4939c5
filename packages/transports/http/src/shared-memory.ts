/** Memory, over all connections, for input that the process cannot use yet, and for replies that clients do not read. */
export interface SharedMemory {
  /**
   * Notes how much the holder holds now, for the address with this key. False if that exceeds the limit: then it must be
   * released. A holder of no more than `blamelessBytes` need not.
   */
  tryHold(holder: object, bytes: number, address: string, blamelessBytes?: number): boolean;
  release(holder: object): void;
}
