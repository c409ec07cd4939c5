/** A sample of a track of a file. Times are ticks of the track, without edits. */
export interface Sample {
  readonly position: number;
  /** In bytes. */
  readonly size: number;
  /** The decoding time. */
  readonly ticks: number;
  readonly duration: number;
  readonly compositionOffset: number;
  readonly isKeyframe: boolean;
  /** From 0. */
  readonly description: number;
}
