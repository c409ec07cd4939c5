/** Flash repeats header lines, more of them with every request. */
export const MAX_HEADER_BYTES: number = 64 * 1024;

/** As many lines as Flash has in as many bytes. By default node:http takes 1,000; it refuses a request with more, or ignores the rest. */
export const MAX_HEADER_LINES = 2_400;

/** The time for the head of a request, and for all of it after its head. */
export const HEADERS_MS = 10_000;
export const REQUEST_MS = 30_000;

/**
 * How much of an incomplete request a connection may hold before node:http takes over, where all of them are counted together:
 * 16 KiB for each of ten thousand. A viewer's requests are shorter.
 */
export const MAX_PLAIN_HEAD_BYTES: number = 8 * 1024;
export const MAX_PLAIN_BODY_BYTES: number = 8 * 1024;

/** How long a request may be incomplete before node:http takes over, which has the timeouts for that. */
export const UNFINISHED_MS = 2_000;

/** Unanswered requests of one connection before reading pauses: more than MAX_EARLY_REQUESTS, so that a gap can be filled. */
export const MAX_PIPELINED = 32;

/** Requests and pieces of bodies of one connection that are read before others are served: a packet can hold thousands. */
export const MAX_REQUESTS_PER_TURN = 32;

/** The same of all connections together, and how long they may take: a request to node:http costs up to a millisecond at first. */
export const MAX_REQUESTS_OF_ALL_PER_TURN = 256;
export const MAX_REQUESTS_OF_ALL_MS = 8;

/** How much node:http gets to read at once while there are requests, or many pieces of a body; the shortest request has 26 bytes. */
export const MIN_PARSED_BYTES = 1024;

/** The same within a body of few pieces; if requests follow it, they are 600 at most, and wait for their turn. */
export const MAX_PARSED_BYTES: number = 16 * 1024;

/** So many pieces are few. */
export const MAX_FEW_PIECES = 8;

/** Unanswered requests of one connection before node:http stops reading it. */
export const MAX_OPEN_REQUESTS = 128;

/** This many of them do not count: more than any known client has under way. */
export const FREE_REQUESTS = 8;

/** All others, over all connections, some 5 KiB each. Beyond it, the connection that makes one more is ended. */
export const MAX_PIPELINED_REQUESTS = 8_192;

/** The time for a peer to take at least one byte; the same as a viewer has. */
export const UNREAD_MS = 60_000;

/** Longer than proxies keep an unused connection, mostly 60 s: so the proxy closes it, and never during a request. */
export const KEEP_ALIVE_MS = 75_000;

/** The precision of these timeouts. */
export const CHECK_INTERVAL_MS = 2_000;
