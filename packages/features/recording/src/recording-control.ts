/** What becomes of an operator's wish to have a stream recorded, or recorded no longer. */
export type RecordingOutcome =
  /** `file` is the one that is written; none if the stream has sent no keyframe so far. */
  | { readonly kind: "done"; readonly file: string | null }
  /** Nobody publishes the stream here. */
  | { readonly kind: "absent" }
  /** It is being recorded already. */
  | { readonly kind: "running" }
  /** It is not being recorded. */
  | { readonly kind: "idle" }
  /** Nothing of its application is recorded. */
  | { readonly kind: "off" };

/** Starts and stops recordings, by the path of the stream. */
export interface RecordingControl {
  start(stream: string): Promise<RecordingOutcome>;
  stop(stream: string): Promise<RecordingOutcome>;
}
