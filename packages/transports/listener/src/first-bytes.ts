/** The protocols that a connection can begin with. */
export type FirstBytes = "rtmp" | "tls" | "http" | "proxy" | "unknown";

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"];

/** PROXY protocol §2.2. */
const PROXY_SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10);

const PREFIXES: readonly (readonly [prefix: Uint8Array, meaning: FirstBytes])[] = [
  ...METHODS.map((method) => [new TextEncoder().encode(`${method} `), "http"] as const),
  [new TextEncoder().encode("PROXY "), "proxy"],
  [PROXY_SIGNATURE, "proxy"],
];

/**
 * Recognises the protocol of a connection. Undefined until that is certain, after 12 bytes at the latest. RTMP's version
 * numbers were chosen to differ from text protocols (RTMP 1.0 §5.2.2).
 */
export function sniff(bytes: Uint8Array): FirstBytes | undefined {
  switch (bytes[0]) {
    case undefined:
      return undefined;
    case 0x03:
    // RTMPE has version numbers of its own; the handshake tells it from RTMP.
    case 0x06:
    case 0x08:
    case 0x09:
      return "rtmp";
    // A TLS record with a handshake message (RFC 8446 §5.1).
    case 0x16:
      return "tls";
    default:
      return recogniseText(bytes);
  }
}

function recogniseText(bytes: Uint8Array): FirstBytes | undefined {
  const candidates = PREFIXES.filter(([prefix]) => agree(prefix, bytes));
  if (candidates.length === 0) return "unknown";
  return candidates.find(([prefix]) => prefix.length <= bytes.length)?.[1];
}

/** Whether both are the same as far as both go. */
function agree(prefix: Uint8Array, bytes: Uint8Array): boolean {
  return prefix.subarray(0, bytes.length).every((byte, index) => byte === bytes[index]);
}
