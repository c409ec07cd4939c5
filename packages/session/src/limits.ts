import { type AmfLimits, DEFAULT_AMF_LIMITS } from "@headgate/amf";

/** What one peer may ask of its session. */
export interface SessionLimits {
  /** Against nesting and number of values in one message. */
  readonly amf: AmfLimits;
  /** NetStreams open at once; a player needs one, a video wall a few dozen. */
  readonly maxNetStreams: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { amf: DEFAULT_AMF_LIMITS, maxNetStreams: 32 };
