/**
 * The time the web server has to begin its reply after the end of the request, with the wait for a slot; and between two pieces
 * of the reply. Milliseconds.
 */
export const SILENCE_MS = 30_000;

/** The time for a TCP connection to the web server, which is near. Milliseconds. */
export const CONNECT_MS = 10_000;

/** Requests at the web server at once, each on a connection of its own. */
export const MAX_REQUESTS = 256;

/** The same of one address: a quarter, so that one address cannot hold every connection to the web server. */
export const MAX_REQUESTS_PER_ADDRESS = 64;

/** Requests that wait for a slot. Each has a body of READ_AHEAD_BYTES at most, so together they are 64 MiB at most. */
export const MAX_WAITING = 1_024;

/** The same of one address. */
export const MAX_WAITING_PER_ADDRESS = 256;

/** Of both, an address has one more only while three times as many are free as it has, so that a few cannot have them all. */
export const FREE_FOR_ONE_MORE = 3;

/**
 * A client that takes less than this of its reply between two looks loses its slot, if others want it. A viewer of a video may
 * pause for as long as it likes while nobody does.
 */
export const MIN_TAKEN_BYTES: number = 64 * 1024;
export const READER_CHECK_MS = 5_000;

/** The head of a reply; a request's may be as long. Bytes. */
export const MAX_REPLY_HEAD_BYTES: number = 64 * 1024;

/**
 * How much of a body is read before the request takes a slot at the web server: a form or an API call is whole by then, so a
 * client that sends slowly holds nothing but its own connection. No more of it waits for the web server afterwards. Bytes.
 */
export const READ_AHEAD_BYTES: number = 64 * 1024;

/** The total that is read ahead. Beyond it requests take their slots without more of their bodies. Bytes. */
export const MAX_READ_AHEAD_BYTES: number = 32 * 1024 * 1024;

/** The time between two log lines about the web server: with a dead one every request would log. Milliseconds. */
export const FAILURE_LOG_MS = 10_000;
