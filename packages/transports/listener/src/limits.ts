/** The longest a version 1 header can be, its line end included (PROXY protocol §2.1). */
export const MAX_PROXY_LINE_BYTES = 107;

/** What may follow the first 16 bytes of a version 2 header: addresses take 216 at most, the rest is for extensions. */
export const MAX_PROXY_BODY_BYTES = 2048;

/** Connections that the kernel queues while this process is busy: after a restart all players come back at once. */
export const BACKLOG = 4096;

/**
 * How much a socket queues before it is not writable: a write as large as what is usually merged for a viewer must not cause a
 * `drain` event. Bytes.
 */
export const SOCKET_HIGH_WATER_MARK: number = 64 * 1024;

/** Addresses that are read from X-Forwarded-For or Forwarded: more than any chain of proxies has, fewer than a header holds. */
export const MAX_FORWARDED_HOPS = 16;
