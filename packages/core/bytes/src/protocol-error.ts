/**
 * Every way a peer can break the protocol, with the section it broke. The codes are stable: operators alert on them and
 * clients of the API match them, so a code is never renamed or given another meaning.
 */
export const PROTOCOL_ERRORS = {
  AMF_DEPTH_EXCEEDED: "AMF0 §2, AMF3 §3",
  AMF_MARKER_UNKNOWN: "AMF0 §2.1, AMF3 §3.1",
  AMF_REFERENCE_INVALID: "AMF0 §2.9, AMF3 §2.2",
  AMF_SIZE_EXCEEDED: "AMF0 §2, AMF3 §3",
  AMF_TRUNCATED: "AMF0 §2, AMF3 §3",
  AGGREGATE_INVALID: "RTMP 1.0 §7.1.6",
  CHUNK_BUFFER_EXCEEDED: "RTMP 1.0 §5.3",
  CHUNK_HEADER_MISSING: "RTMP 1.0 §5.3.1.2",
  CHUNK_INTERRUPTED: "RTMP 1.0 §5.3",
  CHUNK_SIZE_INVALID: "RTMP 1.0 §5.4.1",
  CHUNK_STREAMS_EXCEEDED: "RTMP 1.0 §5.3.1.1",
  COMMAND_INVALID: "RTMP 1.0 §7.2",
  COMMAND_BEFORE_CONNECT: "RTMP 1.0 §7.2.1",
  FLV_INVALID: "FLV 10.1 Annex E",
  HANDSHAKE_DIGEST_INVALID: "RTMP 1.0 §5.2, digest variant",
  HANDSHAKE_KEY_INVALID: "RFC 2631 §2.1.5",
  HANDSHAKE_VERSION_UNSUPPORTED: "RTMP 1.0 §5.2.2",
  INPUT_EXCEEDED: "RTMP 1.0 §5.3",
  MESSAGE_TOO_LONG: "RTMP 1.0 §5.3.1.2",
  MESSAGE_TRUNCATED: "RTMP 1.0 §5.4, §7.1",
  NET_STREAMS_EXCEEDED: "RTMP 1.0 §7.2.1.3",
  OUTPUT_EXCEEDED: "RTMP 1.0 §5.3",
  PROTOCOL_NOT_ACCEPTED: "RTMP 1.0 §5.2.2",
  PROTOCOL_UNKNOWN: "RTMP 1.0 §5.2.2",
  PROXY_HEADER_INVALID: "PROXY protocol §2",
  PROXY_NOT_TRUSTED: "PROXY protocol §5",
  SWF_NOT_VERIFIED: "SWF verification of Flash Media Server 3",
  TLS_HANDSHAKE_FAILED: "RFC 8446 §4",
  TLS_RECORD_INVALID: "RFC 8446 §5",
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
    this.section = PROTOCOL_ERRORS[code];
  }
}
