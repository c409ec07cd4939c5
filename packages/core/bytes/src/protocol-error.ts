/**
 * Every way a peer can break the protocol: the section it broke, and what it did. The codes are stable: operators
 * alert on them and clients of the API match them, so a code is never renamed or given another meaning.
 */
export const PROTOCOL_ERRORS = {
  AMF_DEPTH_EXCEEDED: {
    section: "AMF0 §2, AMF3 §3",
    cause: "values nested deeper than `limits.maxAmfDepth`",
  },
  AMF_MARKER_UNKNOWN: { section: "AMF0 §2.1, AMF3 §3.1", cause: "a value of a type that does not exist" },
  AMF_REFERENCE_INVALID: {
    section: "AMF0 §2.9, AMF3 §2.2",
    cause: "a reference to a value that was not sent",
  },
  AMF_SIZE_EXCEEDED: {
    section: "AMF0 §2, AMF3 §3",
    cause: "more values in one message than `limits.maxAmfValues`",
  },
  AMF_TRUNCATED: { section: "AMF0 §2, AMF3 §3", cause: "a value that ends too early" },
  AGGREGATE_INVALID: {
    section: "RTMP 1.0 §7.1.6",
    cause: "an aggregate message whose parts do not fit into it",
  },
  CHUNK_BUFFER_EXCEEDED: {
    section: "RTMP 1.0 §5.3",
    cause: "unfinished messages longer than `limits.maxPartialBytes`",
  },
  CHUNK_HEADER_MISSING: {
    section: "RTMP 1.0 §5.3.1.2",
    cause: "a chunk stream that begins with a header which refers to a previous one",
  },
  CHUNK_INTERRUPTED: { section: "RTMP 1.0 §5.3", cause: "a new header in the middle of a message" },
  CHUNK_SIZE_INVALID: { section: "RTMP 1.0 §5.4.1", cause: "a chunk size of 0, or above 0x7fffffff" },
  CHUNK_STREAMS_EXCEEDED: {
    section: "RTMP 1.0 §5.3.1.1",
    cause: "more chunk streams than `limits.maxChunkStreams`",
  },
  COMMAND_INVALID: {
    section: "RTMP 1.0 §7.2",
    cause: "a command without a name, or a `connect` that cannot be read",
  },
  COMMAND_BEFORE_CONNECT: { section: "RTMP 1.0 §7.2.1", cause: "a command or media before `connect`" },
  FILE_INDEX_EXCEEDED: {
    section: "FLV 10.1 Annex E, ISO/IEC 11172-3",
    cause: "a file of more messages than its index may hold",
  },
  FLV_INVALID: {
    section: "FLV 10.1 Annex E",
    cause: "a file that is not FLV, or of which nothing can be played",
  },
  HANDSHAKE_DIGEST_INVALID: {
    section: "RTMP 1.0 §5.2, digest variant",
    cause: "a digest that does not match",
  },
  HANDSHAKE_KEY_INVALID: { section: "RFC 2631 §2.1.5", cause: "a Diffie-Hellman key outside the group" },
  HANDSHAKE_VERSION_UNSUPPORTED: {
    section: "RTMP 1.0 §5.2.2",
    cause: "a version of RTMP that is unknown, or RTMPE where it is turned off",
  },
  INPUT_EXCEEDED: {
    section: "RTMP 1.0 §5.3",
    cause: "more unread input than `limits.maxInputBytes` or the connection's share allows",
  },
  MESSAGE_TOO_LONG: { section: "RTMP 1.0 §5.3.1.2", cause: "a message longer than `limits.maxMessageBytes`" },
  MESSAGE_TRUNCATED: { section: "RTMP 1.0 §5.4, §7.1", cause: "a message shorter than its type needs" },
  MP3_INVALID: { section: "ISO/IEC 11172-3 §2.4.1", cause: "a file without frames of MPEG audio, layer III" },
  MP4_INVALID: {
    section: "ISO/IEC 14496-12 §4.2, §8",
    cause: "a file that is not MP4, that ends before its media, or whose boxes contradict each other",
  },
  MP4_LIMIT_EXCEEDED: {
    section: "ISO/IEC 14496-12 §8",
    cause: "an MP4 file with more boxes, tracks or samples, or a longer `moov`, than a file of a day needs",
  },
  MP4_UNSUPPORTED: {
    section: "ISO/IEC 14496-12 §8.5.2",
    cause:
      "an MP4 file without a track that RTMP can carry, or a file to be finished that was not begun by this server",
  },
  NET_STREAMS_EXCEEDED: {
    section: "RTMP 1.0 §7.2.1.3",
    cause: "more NetStreams than `limits.maxNetStreams`",
  },
  OUTPUT_EXCEEDED: {
    section: "RTMP 1.0 §5.3",
    cause:
      "more replies left unread than `limits.maxPendingOutputBytes`, or all peers together `limits.maxInputBytes`, allow",
  },
  PROTOCOL_NOT_ACCEPTED: {
    section: "RTMP 1.0 §5.2.2",
    cause: "a protocol that the listener's `protocols` leave out",
  },
  PROTOCOL_UNKNOWN: { section: "RTMP 1.0 §5.2.2", cause: "first bytes of no known protocol" },
  PROXY_HEADER_INVALID: {
    section: "PROXY protocol §2",
    cause: "a PROXY protocol header that cannot be read",
  },
  PROXY_NOT_TRUSTED: {
    section: "PROXY protocol §5",
    cause: "a PROXY protocol header from an address not under `trustedProxies`",
  },
  SWF_NOT_VERIFIED: {
    section: "SWF verification of Flash Media Server 3",
    cause: "not raised any more: see the refusal of the same name",
  },
  TLS_HANDSHAKE_FAILED: { section: "RFC 8446 §4", cause: "a TLS handshake that failed or took too long" },
  TLS_RECORD_INVALID: {
    section: "RFC 8446 §5",
    cause: "records that cannot be decrypted, renegotiation, or a flood of empty records",
  },
  WEBSOCKET_INVALID: {
    section: "RFC 6455 §5",
    cause: "a WebSocket frame that is not allowed, or a message of a kind or length that is not expected",
  },
} as const;

export type ProtocolErrorCode = keyof typeof PROTOCOL_ERRORS;

/**
 * The peer broke the protocol. Ends that one connection and nothing else; caught in exactly one place, the Driver, or before
 * there is one, by the port that has not recognised the connection yet.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;
  /** The section of the specification that was broken. */
  readonly section: string;

  constructor(code: ProtocolErrorCode, message: string) {
    super(message);
    this.code = code;
    this.section = PROTOCOL_ERRORS[code].section;
  }
}
