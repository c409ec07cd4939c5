/** A file of 30 hours has so many samples of one track; the index of a reader takes at most 29 bytes for each. */
export const MAX_SAMPLES: number = 2 ** 23;

/** The `moov` of a recording takes about 3 MB an hour. */
export const MAX_MOOV_BYTES: number = 64 * 1024 * 1024;

/** A fragment of a second takes 2 KB of `moof`, one of an hour 5 MB. */
export const MAX_MOOF_BYTES: number = 16 * 1024 * 1024;

/** Boxes of a file that lie in no other. Recordings have two for every second. */
export const MAX_BOXES: number = 2 ** 20;

/** Boxes inside one box. A `moof` with a run for each sample has a thousand. */
export const MAX_CHILD_BOXES = 10_000;

/** Tracks of a file, of which one of each kind is read. */
export const MAX_TRACKS = 64;

/** Sample descriptions of a track. Seven bits of a sample's flags say which is its own. */
export const MAX_DESCRIPTIONS = 127;

/** No file system here has longer files; positions beyond are mistakes, and 2^53 is far away. */
export const MAX_FILE_BYTES: number = 2 ** 43;

/** How much of a large box is read at once. */
export const MAX_READ_BYTES: number = 1024 * 1024;

/** A `moof` of a second and the header of what follows fit in. */
export const BLOCK_BYTES: number = 4096;

/** What a crash costs: a fragment that is not finished. */
export const FRAGMENT_MS = 1000;

/** A stream of nothing but keyframes has no fragment for each. */
export const MIN_KEYFRAME_FRAGMENT_MS = 500;

/** Memory of a fragment, whatever the bitrate. */
export const MAX_FRAGMENT_BYTES: number = 8 * 1024 * 1024;

/** How long a file waits for its second track before it begins with one. */
export const START_WAIT_MS = 2000;

/** What is held meanwhile. */
export const MAX_START_BYTES: number = 32 * 1024 * 1024;

/** Timestamps that go back further belong to another file; less is jitter. */
export const MAX_STEP_BACK_MS = 1000;

/** A longer gap does not fit into the duration of a sample at the highest timescale. */
export const MAX_GAP_MS: number = 60 * 60 * 1000;
