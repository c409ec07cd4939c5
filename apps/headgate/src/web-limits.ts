/**
 * For the web server to begin its reply, from the end of the request on, with the wait for a place; and between two pieces of
 * the reply. Milliseconds.
 */
export const SILENCE_MS = 30_000;

/** For a TCP connection to the web server, which is near. Milliseconds. */
export const CONNECT_MS = 10_000;

/** Requests that the web server has at once, each with a connection of its own. */
export const MAX_REQUESTS = 256;

/** The same of one address: a quarter, so that one address cannot hold every connection to the web server. */
export const MAX_REQUESTS_PER_ADDRESS = 64;

/** Requests that wait for a place. What waits has a body of READ_AHEAD_BYTES, so these are 64 MiB at most. */
export const MAX_WAITING = 1_024;

/** The same of one address. */
export const MAX_WAITING_PER_ADDRESS = 256;

/** The head of a reply: as long as that of a request may be. Bytes. */
export const MAX_REPLY_HEAD_BYTES: number = 64 * 1024;

/**
 * What is read of a body before the request takes a place at the web server: a form or an API call is whole by then, so a
 * client that sends slowly holds nothing but its own connection. A stream keeps as much again. Bytes.
 */
export const READ_AHEAD_BYTES: number = 32 * 1024;

/** All that is read ahead together. Beyond it requests take their place without more of their bodies. Bytes. */
export const MAX_READ_AHEAD_BYTES: number = 32 * 1024 * 1024;

/** Between two log lines about the web server: a dead one is told of by every request. Milliseconds. */
export const FAILURE_LOG_MS = 10_000;
