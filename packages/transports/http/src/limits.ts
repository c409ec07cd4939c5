/**
 * Payload of one reply unless configured otherwise. With 20 requests a second, as over a distance of 50 ms, it carries
 * 20 Mbit/s; it is also about all that a session queues, and what is kept of it for a reply that gets lost.
 */
export const DEFAULT_MAX_REPLY_BYTES: number = 128 * 1024;

/** One request's body. ffmpeg sends ten frames in one, of which a keyframe may have a megabyte or two. */
export const MAX_BODY_BYTES: number = 8 * 1024 * 1024;

/**
 * A body in smaller pieces than this, on average, ends its connection once it has more than some: each piece costs as much
 * time as a kilobyte, and a peer can make a million of them of every megabyte. Clients write at least a message at once.
 */
export const MIN_PIECE_BYTES = 64;
export const PIECES_FREE = 1_000;

/** What a piece of a body takes beside its bytes. */
export const PIECE_BYTES = 200;

/** Requests that may arrive before one they follow. librtmp has about five under way at once. */
export const MAX_EARLY_REQUESTS = 16;

/** Their bodies together. */
export const MAX_EARLY_BYTES: number = 1024 * 1024;

/** How long they wait for it, and for their answer. */
export const GAP_MS = 5_000;

/** Requests that wait for their answer while no more bytes are wanted: more than any client has under way. */
export const MAX_WITHHELD_REQUESTS = 16;

/** How long a send request waits then. rtmpdump, and many a proxy, give up after 30 s without an answer. */
export const WITHHOLD_MS = 10_000;

/** What may be sent all the same while no more bytes are wanted: several of the largest bodies in the field. */
export const MAX_PAUSED_BYTES: number = 2 * MAX_BODY_BYTES;

/**
 * How long request 1 waits for a request 0 that it may have overtaken, before it is taken for the first: most clients count
 * from 0, some from 1.
 */
export const BASE_MS = 100;

/** Replies kept for requests that come again because a connection was lost; more than any client has under way. */
export const MAX_KEPT_REPLIES = 8;

/** Their bytes together; the last one is kept whatever its size. */
export const MAX_KEPT_REPLY_BYTES: number = 64 * 1024;

/**
 * How long they are kept: what they hold of a stream's memory is not given back before. No client waits so long until it
 * asks again.
 */
export const KEPT_MS = 20_000;

/** How long an idle request waits for data: rtmpdump would ask thousands of times a second, ffmpeg twenty times. */
export const HOLD_MS = 500;

/** What arrives within this time of the first byte goes out in the same reply. */
export const COALESCE_MS = 4;

/** With so much there is to send nothing more is waited for: it is a whole picture, or all that was merged for a viewer. */
export const COALESCE_BYTES: number = 4 * 1024;

/** For the first byte. Players that try several protocols at once leave sessions behind that they never use. */
export const FIRST_BYTE_MS = 10_000;

/** Between two requests. Flash asks at least every half a second. */
export const IDLE_MS = 20_000;

/** How long an ended session answers for what it still has: last bytes, and requests that come again. */
export const LINGER_MS = 10_000;

/** Ended sessions that are kept for that; the oldest go first. */
export const MAX_LINGERING = 1_000;

/** Flash repeats header lines, more of them with every request. */
export const MAX_HEADER_BYTES: number = 64 * 1024;

/** For the head of a request, and for all of it. */
export const HEADERS_MS = 10_000;
export const REQUEST_MS = 30_000;

/**
 * What a connection may hold of a request that is not whole before node:http takes it over, which counts what all of them
 * hold together: 16 KiB for each of ten thousand. All that a viewer says is shorter.
 */
export const MAX_PLAIN_HEAD_BYTES: number = 8 * 1024;
export const MAX_PLAIN_BODY_BYTES: number = 8 * 1024;

/** The same for one that takes longer than this: node:http looks after how long. */
export const UNFINISHED_MS = 2_000;

/** Requests of one connection that are not answered, before it is read on: more than MAX_EARLY_REQUESTS, so that a gap is filled. */
export const MAX_PIPELINED = 32;

/** Requests of one connection that are read before others have their turn: a packet can hold a thousand. */
export const MAX_REQUESTS_PER_TURN = 32;

/** The same of all connections that node:http reads, together: some 10 ms of work. */
export const MAX_REQUESTS_OF_ALL_PER_TURN = 256;

/** What node:http gets to read at once where there are requests; the shortest have 26 bytes. */
export const MIN_PARSED_BYTES = 1024;

/** The same within a body; if requests follow it, they are 600 at most. */
export const MAX_PARSED_BYTES: number = 16 * 1024;

/** Requests of one connection that are not answered, before node:http reads it on. */
export const MAX_OPEN_REQUESTS = 128;

/** Of those, so many are no burden: more than any client that is known has under way. */
export const FREE_REQUESTS = 8;

/** All others of all connections together, some 5 KiB each. Beyond it, the connection that asks one more is ended. */
export const MAX_PIPELINED_REQUESTS = 8_192;

/** For a peer to take at least a byte of what it is sent; as long as a viewer has for that. */
export const UNREAD_MS = 60_000;

/** Longer than proxies keep a connection they do not use, mostly 60 s: so it is they who end it, never amid a request. */
export const KEEP_ALIVE_MS = 75_000;

/** How exact those are. */
export const CHECK_INTERVAL_MS = 2_000;

/** What a client queues before its Link is not writable: as much as one request carries. */
export const MAX_CLIENT_QUEUE_BYTES: number = 256 * 1024;

/** The body of a client's request. */
export const MAX_SEND_BODY_BYTES: number = 256 * 1024;

/** The body of a server's reply to a client: some servers send all they have at once. */
export const MAX_REPLY_BODY_BYTES: number = 16 * 1024 * 1024;

/** After a reply without a byte a client waits so long before it asks again, unless it has something to send. */
export const POLL_DELAY_MS = 40;

/**
 * A timer that is later than this shows that the process stood still, as in a machine that was suspended. So long sessions have
 * from then on for what their clients have asked meanwhile.
 */
export const STANDSTILL_MS = 2_000;

/**
 * For a reply. A server may hold one for a while that it has nothing to put into, and may stand still for as long as any other
 * peer may (`timeouts.stall`).
 */
export const REPLY_TIMEOUT_MS = 60_000;
