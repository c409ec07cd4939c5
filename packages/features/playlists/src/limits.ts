/** Playlists of all applications: each reads and publishes a stream all the time, whether or not it has viewers. */
export const MAX_PLAYLISTS = 100;

/** Items of one list: more than a day of clips of two minutes. */
export const MAX_ITEMS = 1_000;

/** Lists of one schedule: one for each quarter of an hour of a day. */
export const MAX_SCHEDULED_LISTS = 100;

/**
 * So long before an item is due it is opened: the index of a long file takes seconds, and so does a stream from another server.
 * Milliseconds.
 */
export const OPEN_AHEAD_MS = 5_000;

/** An item that could not be opened ahead has so long to its first frame; the next one is on after that. Milliseconds. */
export const FIRST_FRAME_MS = 2_000;

/** A file of which nothing has come for so long, for the disk is slow or it is being recorded, has ended. Milliseconds. */
export const STALL_MS = 10_000;

/** A list that has brought less than this in a pass rests before its next pass, so that it does not spin. Milliseconds. */
export const LEAST_PASS_MS = 1_000;

/** How long it rests, and how soon a name that is taken is tried again. Milliseconds. */
export const REST_MS = 5_000;

/** The longest time between two looks at a schedule: a clock that is set is noticed. Milliseconds. */
export const MAX_LOOK_MS = 30_000;

/** After the machine was suspended a playlist goes on where it was, instead of sending all at once. Milliseconds. */
export const MAX_BEHIND_MS = 1_000;

/** What is sent in one turn of the event loop; files may have any number of messages of one time. */
export const MAX_MESSAGES_AT_ONCE = 500;

/** What is due within this time is sent together: timers are no more exact. Milliseconds. */
export const TIMER_STEP_MS = 5;

/** Node ends a timer of more than 24 days at once; a file may have a gap of any length. Milliseconds. */
export const MAX_TIMER_MS = 3_600_000;

/** What a live stream may send before the first frame with which an item begins, such as metadata. */
export const MAX_FIRST_HEADERS = 32;

/** The distance of the frames of a track that has had one alone. Milliseconds. */
export const DEFAULT_FRAME_MS = 40;

/** A list of a schedule that begins so late, or later, begins where it would be by now. Milliseconds. */
export const LATE_MS = 2_000;
