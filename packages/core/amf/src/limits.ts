/** What decoding the values of one message may cost at most. */
export interface AmfLimits {
  /** How deep objects and arrays may nest as they are written. Through references a value may be deeper, even endless. */
  readonly maxDepth: number;
  /** How many values there may be in all, with the nested ones and the member names classes declare. */
  readonly maxValues: number;
}

/** Deep enough for any RPC argument seen, and enough values for the keyframe index of a long recording. */
export const DEFAULT_AMF_LIMITS: AmfLimits = { maxDepth: 32, maxValues: 10_000 };

/** Deeper than anything decoded; only a value that contains itself gets here. */
export const MAX_ENCODED_DEPTH = 128;

/** A few bytes of references decode to a value that is huge once written out without them; this is where it ends. */
export const MAX_ENCODED_VALUES = 1_000_000;

/** The longest message RTMP has a length for (RTMP 1.0 §5.3.1.2.1). */
export const MAX_ENCODED_BYTES = 0xffffff;
