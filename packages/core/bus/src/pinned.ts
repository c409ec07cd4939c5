/** Memory of output that is on its way to a reader. */
export interface Pinned {
  /** Whether no log has it any more: it is held for this output alone. */
  readonly isDropped: boolean;
  /** The output has arrived. To be called once for each time that it was pinned. */
  unpin(): void;
}
