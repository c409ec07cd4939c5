/** Memory for what clients have sent and the process cannot use yet; of all connections together. */
export interface SharedMemory {
  /** What the holder holds now. False if that is more than there is: then it must be let go of. */
  tryHold(holder: object, bytes: number): boolean;
  release(holder: object): void;
}
