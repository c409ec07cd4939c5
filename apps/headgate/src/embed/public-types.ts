/** The session of a client: from `connect` until its connection ends. */
export interface SessionInfo {
  /** As in the log and in the API. */
  readonly id: string;
  /** How it is connected: rtmp, rtmps, rtmpt, rtmpts, rtmpe or rtmpte; http or https for a download; http-flv, https-flv, ws-flv or wss-flv. */
  readonly transport: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Who it is, in the words of the credentials or of the hook that vouches for it. */
  readonly identity: string | undefined;
}

/** A request that waits for the handlers of its event. It is allowed unless one of them refuses it, or throws. */
interface Request {
  readonly session: SessionInfo;
  /** The query of the client's URLs, without the question mark. Credentials live here: log nothing of it. */
  readonly query: string;
  /**
   * Refuses the request. The client is told the reason, of which 256 characters count, and the log has it. Throws once the
   * request is decided, which it is when the handlers are done.
   */
  refuse(reason: string): void;
}

/** A client wants to connect. */
export interface ConnectRequest extends Request {
  readonly application: string;
}

/** A client wants to publish or to play a stream. */
export interface StreamRequest extends Request {
  /** The path of the stream: `application/name`. */
  readonly stream: string;
}

/** A stream that has a publisher. */
export interface PublishedStream {
  /** The path of the stream: `application/name`. */
  readonly stream: string;
  /** Who publishes it; undefined if it is fetched from another server, or published from within the program. */
  readonly session: SessionInfo | undefined;
}

/** A stream that a client plays. */
export interface PlayedStream {
  /** The path of the stream: `application/name`. */
  readonly stream: string;
  readonly session: SessionInfo;
}

/** A session that has ended. */
export interface ClosedSession {
  readonly session: SessionInfo;
  /** In the words of the log. */
  readonly reason: string;
}

/** A message of a stream, in memory of its own. */
export interface MediaMessage {
  readonly kind: "audio" | "video" | "data";
  /** In milliseconds, modulo 2^32. */
  readonly timestampMs: number;
  /** The payload of the RTMP message, which is also the body of an FLV tag. Data is in AMF0. */
  readonly bytes: Uint8Array;
  /** Whether it is metadata or the configuration of a decoder. */
  readonly isHeader: boolean;
  /** Whether a player can begin here: a keyframe, or sound where there are no pictures. */
  readonly isSync: boolean;
}

/** A message to be published. */
export type PublishedMessage = Pick<MediaMessage, "kind" | "timestampMs" | "bytes">;

/** Where clients connect. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly protocols: readonly string[];
}

/** What goes on in a gateway at one moment. */
export interface Stats {
  readonly streams: readonly StreamStats[];
  readonly sessions: readonly SessionStats[];
}

export interface StreamStats {
  /** The path of the stream: `application/name`. */
  readonly stream: string;
  /** Whether it has a publisher. Streams without one have players that wait for one. */
  readonly isPublished: boolean;
  /** Its publisher, if that is a client. */
  readonly session: SessionInfo | undefined;
  /** Clients that play it, and whatever else reads it: pushes to other servers, and {@link MediaMessage}s of this program. */
  readonly readers: number;
  readonly videoCodec: string | undefined;
  readonly audioCodec: string | undefined;
  /** Payload of all messages that were published in it. */
  readonly receivedBytes: number;
  readonly videoFrames: number;
  readonly audioFrames: number;
  readonly keyframes: number;
  /** How often readers were too slow and lost their place. */
  readonly lags: number;
}

export interface SessionStats extends SessionInfo {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** The paths of the streams that it publishes. */
  readonly publishes: readonly string[];
  /** The paths of the streams that it plays. */
  readonly plays: readonly string[];
}
