/** Metadata and decoder configurations kept per stream: dozens of tracks need less, and a publisher could send millions. */
export const MAX_RETAINED_MESSAGES = 128;

/** Together, in bytes. A decoder configuration is below 1 KiB, metadata with a long encoder setting a few. */
export const MAX_RETAINED_BYTES: number = 256 * 1024;

/**
 * So much of a stream's metadata and configurations, together, is kept however short of memory the process is: without it viewers
 * see nothing, and of five thousand streams it is 40 MiB. Bytes.
 */
export const MAX_MODEST_HEADER_BYTES: number = 8 * 1024;

/**
 * The part of the process's log memory that may hold bytes that cannot be dropped: retained headers, and bytes on their way to
 * viewers that do not read. More than that would leave too little for the streams.
 */
export const MAX_FIXED_SHARE: number = 1 / 4;

/** With so large a part of it, there is no time left to see who will read after all. */
export const EXTREME_FIXED_SHARE: number = 1 / 2;

/**
 * A log's first segment, and every one while nobody reads it or the process is short of memory. Reading costs one more write for
 * each reader where a segment ends: a segment may have so many bytes for each reader of the log.
 */
export const MIN_SEGMENT_BYTES: number = 64 * 1024;

/**
 * Segments double up to this. Eviction goes by whole segments, and a viewer that has stopped reading keeps the one it stopped in
 * from being freed. Bytes.
 */
export const MAX_SEGMENT_BYTES: number = 256 * 1024;

/**
 * The memory of spare segments. Each stream drops all of a group of pictures at once, and then takes one segment after the other:
 * with so much, 200 streams that few read need no new memory. Bytes.
 */
export const MAX_SPARE_BYTES: number = 16 * 1024 * 1024;

/** The least number of segments in a log's retention: dropping one must not drop most of the log. */
export const MIN_RETAINED_SEGMENTS = 8;

/**
 * A segment with more entries than one for so many bytes is full: the index of an entry costs memory too, and a peer needs
 * one byte to send an empty message.
 */
export const MIN_BYTES_PER_ENTRY = 64;

/**
 * An entry that is copied for one reader, or left out for it, takes as long as so many bytes that are shared. Without counting it,
 * 256 KiB of the smallest entries would hold up all others for two milliseconds, and a viewer that wants none of them for longer.
 */
export const ENTRY_EFFORT_BYTES = 256;

/** A segment filled faster than this is followed by one twice its size. */
export const SEGMENT_SPAN_MS = 1000;

/**
 * In audio alone viewers could begin at any message, but the newest one would move on between a publisher's first message
 * and its viewers' first look: so the places to begin at are this far apart. Milliseconds.
 */
export const AUDIO_SYNC_DISTANCE_MS = 250;

/** Video that has been missing for this long was switched off: viewers no longer wait for its next keyframe. */
export const VIDEO_GONE_MS = 10_000;

/** The longest application or stream name. The name is a key that costs memory while it waits for a publisher. */
export const MAX_NAME_LENGTH = 512;

/**
 * What a player of a recording is sent beyond the length of its buffer, so that the buffer is never short between two writes; as
 * with nginx-rtmp. Milliseconds.
 */
export const AHEAD_OF_BUFFER_MS = 1000;

/**
 * What becomes due within this time is sent in one write: it is the number of writes that a player costs. The player has what it
 * needs all the same, by {@link AHEAD_OF_BUFFER_MS}. Milliseconds.
 */
export const PACED_WRITE_MS = 500;

/** About as much of a recording is written at once: so much memory is used again and again for all players. Bytes. */
export const MAX_PACED_WRITE_BYTES: number = 64 * 1024;

/**
 * Where another recording can take over is looked for at this distance, which few keyframes are closer than, and no further than
 * this: encoders have keyframes up to 10 s apart. Milliseconds.
 */
export const SWITCH_LOOK_MS = 500;
export const MAX_SWITCH_WAIT_MS = 20_000;

/** How much of what it has in its buffer a player still shows of the old recording (Adobe, "Fast switching"). Milliseconds. */
export const FAST_SWITCH_MS = 3000;
