/**
 * One request's body. It has room for the longest message that RTMP allows, 16 MiB, for the headers of its chunks, and for the
 * messages around it: ffmpeg sends ten frames in one body.
 */
export const MAX_BODY_BYTES: number = 18 * 1024 * 1024;

/**
 * A body with more than PIECES_FREE pieces that are smaller than this on average ends its connection: each piece costs as much
 * time as a kilobyte, and a peer can split a megabyte into a million of them. Clients and servers write at least a message at once.
 */
export const MIN_PIECE_BYTES = 32;
export const PIECES_FREE = 1_000;

/** The memory of a piece of a body besides its bytes, as measured with Node.js 20: of 64 KiB a peer can make ten thousand pieces. */
export const PIECE_BYTES = 600;

/** Requests that may arrive before one they follow. librtmp has about five under way at once. */
export const MAX_EARLY_REQUESTS = 16;

/** Their bodies together. */
export const MAX_EARLY_BYTES: number = 1024 * 1024;

/** How long they wait for it, and for their answer. */
export const GAP_MS = 5_000;

/** Requests that wait for their answer while the session is paused: more than any client has under way. */
export const MAX_WITHHELD_REQUESTS = 16;

/** How long a send request waits then. rtmpdump, and many a proxy, give up after 30 s without an answer. */
export const WITHHOLD_MS = 10_000;

/** How much may still be sent while the session is paused: several of the largest bodies seen in practice. */
export const MAX_PAUSED_BYTES: number = 2 * MAX_BODY_BYTES;

/**
 * How long request 1 waits for a request 0 that it may have overtaken, before it counts as the first: most clients count from
 * 0, some from 1.
 */
export const BASE_MS = 100;

/** Replies kept for requests that are repeated because a connection was lost; more than any client has under way. */
export const MAX_KEPT_REPLIES = 8;

/** Their bytes together; the last one is kept whatever its size. */
export const MAX_KEPT_REPLY_BYTES: number = 64 * 1024;

/** How long they are kept: they hold memory of a stream for as long. No client waits longer before it repeats a request. */
export const KEPT_MS = 20_000;

/** How long an idle request waits for data: rtmpdump would ask thousands of times a second, ffmpeg twenty times. */
export const HOLD_MS = 500;

/** What arrives within this time of the first byte goes out in the same reply. */
export const COALESCE_MS = 4;

/** With this much to send, the reply goes out at once: it is a whole picture, or everything merged for a viewer. */
export const COALESCE_BYTES: number = 4 * 1024;

/** The time to the first byte. Players that try several protocols at once leave unused sessions behind. */
export const FIRST_BYTE_MS = 10_000;

/** The time between two requests. Flash asks at least every half second. */
export const IDLE_MS = 20_000;

/** How long an ended session still answers: with its last bytes, and to repeated requests. */
export const LINGER_MS = 10_000;

/** Ended sessions kept for that; the oldest are dropped first. */
export const MAX_LINGERING = 1_000;

/**
 * What a client leaves unread for a moment. A connection with no more unread replies is not ended when the process is short of
 * memory. Bytes.
 */
export const BLAMELESS_REPLY_BYTES: number = 16 * 1024;

/** What a client queues before its Link is not writable: as much as one request carries. */
export const MAX_CLIENT_QUEUE_BYTES: number = 256 * 1024;

/** The body of a client's request. */
export const MAX_SEND_BODY_BYTES: number = 256 * 1024;

/** The body of a server's reply to a client: some servers send all they have at once. */
export const MAX_REPLY_BODY_BYTES: number = 16 * 1024 * 1024;

/** How long a client waits after an empty reply before it asks again, unless it has something to send. */
export const POLL_DELAY_MS = 40;

/**
 * A timer that is later than this shows that the process stood still, for example because the machine was suspended. Sessions
 * then have this long to receive what their clients have sent meanwhile.
 */
export const STANDSTILL_MS = 2_000;

/**
 * The time for a request and the whole of its reply: a byte now and then does not extend it. A server may hold back an empty reply
 * for a while, and may stall for as long as any other peer (`timeouts.stall`).
 */
export const REPLY_TIMEOUT_MS = 60_000;

/** Informational replies before the final one (RFC 9110 §15.2). Proxies send one or two. */
export const MAX_INFORMATIONAL_REPLIES = 16;

/**
 * How much of a reply node:http gets to read at once. In the shortest chunks it is 700 pieces, which take a millisecond; a usual
 * reply is one or two such parts. Bytes.
 */
export const MAX_PARSED_REPLY_BYTES: number = 4 * 1024;

/** How long replies are read in one turn of the event loop, those of all servers together. Milliseconds. */
export const MAX_REPLIES_MS = 8;
