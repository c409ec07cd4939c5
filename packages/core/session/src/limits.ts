import { type AmfLimits, DEFAULT_AMF_LIMITS } from "@headgate/amf";

/** How much one peer may ask of its session. */
export interface SessionLimits {
  /** Against nesting and number of values in one message. */
  readonly amf: AmfLimits;
  /** NetStreams open at once; a player needs one, a video wall a few dozen. */
  readonly maxNetStreams: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { amf: DEFAULT_AMF_LIMITS, maxNetStreams: 32 };

/**
 * A stream's name with its query, which holds a token of some thousand characters at most. A longer one would be repeated in
 * replies and kept for as long as the NetStream exists.
 */
export const MAX_STREAM_NAME_LENGTH = 8192;

/** Recordings that wait behind the one that is played, and their names with queries together: Flash appends one by one. */
export const MAX_PLAYLIST_ITEMS = 64;
export const MAX_PLAYLIST_NAME_LENGTH: number = 2 * MAX_STREAM_NAME_LENGTH;

/** The part of a name in status messages: a short request must not have a long answer. */
export const MAX_TOLD_NAME_LENGTH = 512;

/** A data message that is rewritten from AMF3 to AMF0; what Flash sends that way is rarely a thousandth of it. */
export const MAX_REWRITTEN_BYTES: number = 256 * 1024;

/**
 * How many times as long as in AMF3 a data message may become in AMF0, which repeats the names of an object's members and
 * needs nine bytes for any number. Objects with long names and small numbers come to about ten times; a value that is built of
 * references to itself comes to thousands.
 */
export const MAX_REWRITE_FACTOR = 16;

/** A rewritten data message may always have this length: one or two references in a short message double it. */
export const MIN_REWRITTEN_BYTES = 1024;
