/** What an opening wants at once: large reads cost least, and the caller keeps one buffer for them. Bytes. */
export const MAX_READ_BYTES: number = 1024 * 1024;

/** The messages of about 15 hours of 30 pictures and 47 sounds a second, for which an index takes 84 MB. */
export const MAX_INDEX_ENTRIES: number = 4 * 1024 * 1024;

/** Keyframes that the metadata of a file has room for: of a longer list every second one is left out, again and again. */
export const MAX_LISTED_KEYFRAMES = 1000;

/** The publisher's own values in `onMetaData`. Usual ones take 500 bytes. */
export const MAX_METADATA_BYTES: number = 64 * 1024;

/** Different metadata that an index remembers of one file: publishers change theirs with the size of the picture. */
export const MAX_METADATA_CHANGES = 64;

/** Different decoder configurations that an index remembers of one file, and all their bytes. */
export const MAX_HEADERS = 64;
export const MAX_HEADER_BYTES: number = 4 * 1024 * 1024;

/** How often a file may change from one decoder configuration to another until its index no longer follows. */
export const MAX_HEADER_CHANGES = 10_000;

/** A file header that declares more is none. FLV 10.1 §E.2 knows 9 bytes. */
export const MAX_FILE_HEADER_BYTES: number = 64 * 1024;

/** Bytes between two MPEG audio frames that are skipped: tags of other programs, and damage. */
export const MAX_JUNK_BYTES: number = 256 * 1024;

/** Keyframes that are listed further apart, or the last from the end of the file, are no list of all. Milliseconds. */
export const MAX_LISTED_GAP_MS = 30_000;

/** So many places of a list are looked at before any of it is believed: a millisecond. */
export const SAMPLED_PLACES = 9;

/** Tags in a row that nobody plays; a file with more of them has ended. */
export const MAX_SKIPPED_TAGS = 1_000;
