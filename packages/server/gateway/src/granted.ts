/** What policies grant besides the permission itself. */
export interface Grants {
  /** Who the peer is, in the words of whoever vouches for it. Printable. */
  readonly identity?: string | undefined;
  /** Limits of this publication or playback, stricter than the configured ones. */
  readonly limits?: GrantedLimits | undefined;
  /** Whether the publisher may have the stream recorded. */
  readonly mayRecord?: boolean | undefined;
  /** URLs of other servers that get this publication as well. */
  readonly pushTo?: readonly string[] | undefined;
  /** The URL of another server from which this stream is fetched while nobody publishes it here. */
  readonly pullFrom?: string | undefined;
}

export interface GrantedLimits {
  /** Bits a second. */
  readonly maxBitrate?: number;
  readonly maxDurationMs?: number;
  readonly maxViewers?: number;
}
