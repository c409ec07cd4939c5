import { type AmfLimits, DEFAULT_AMF_LIMITS } from "@headgate/amf";

/** What one peer may ask of its session. */
export interface SessionLimits {
  /** Against nesting and number of values in one message. */
  readonly amf: AmfLimits;
  /** NetStreams open at once; a player needs one, a video wall a few dozen. */
  readonly maxNetStreams: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { amf: DEFAULT_AMF_LIMITS, maxNetStreams: 32 };

/**
 * A stream's name with its query, which holds a token of some thousand characters at most. What is longer would be repeated
 * in replies and kept for as long as the NetStream is.
 */
export const MAX_STREAM_NAME_LENGTH = 8192;

/** A data message that is rewritten from AMF3 to AMF0; what Flash sends that way is rarely a thousandth of it. */
export const MAX_REWRITTEN_BYTES: number = 256 * 1024;
