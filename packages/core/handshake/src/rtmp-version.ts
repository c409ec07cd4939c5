import { ProtocolError } from "@headgate/bytes";

/** C0 and S0 of RTMPE. They differ in what is done to the signatures in S2 and C2: nothing, XTEA or Blowfish. */
export type RtmpeVersion = 6 | 8 | 9;

export type RtmpVersion = typeof RTMP_VERSION | RtmpeVersion;

/** C0 and S0 of plain RTMP (RTMP 1.0 §5.2.2). */
export const RTMP_VERSION = 3;

export const RTMPE_VERSIONS: readonly RtmpeVersion[] = [6, 8, 9];

const TEXT_SHOWN_MAX = 16;

/**
 * The first byte a peer sends, undefined without input. Anything else is mostly another protocol on the wrong port, so the
 * message names it and says what to do.
 */
export function requireRtmpVersion(
  input: Uint8Array,
  accepted: readonly RtmpVersion[],
): RtmpVersion | undefined {
  const [first] = input;
  if (first === undefined) return undefined;
  const version = accepted.find((each) => each === first);
  if (version !== undefined) return version;
  const text = leadingText(input);
  const byte = `0x${first.toString(16).padStart(2, "0")}`;
  throw new ProtocolError(
    "HANDSHAKE_VERSION_UNSUPPORTED",
    `expected RTMP version ${accepted.join(", ")}, got ${text ? `${byte} ("${text}")` : byte}: ${explanation(first, text)}`,
  );
}

/** Only printable ASCII: the message goes into logs and the peer chose these bytes. */
function leadingText(input: Uint8Array): string {
  let text = "";
  for (const byte of input.subarray(0, TEXT_SHOWN_MAX)) {
    if (byte < 0x20 || byte > 0x7e) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** RTMP versions end at 31 so that text protocols can be told apart (RTMP 1.0 §5.2.2). */
function explanation(version: number, text: string): string {
  if (version < RTMP_VERSION) return "an obsolete RTMP version; use a client that speaks version 3";
  if (version === RTMP_VERSION) return "plain RTMP; connect with rtmp:// instead of rtmpe://";
  if (RTMPE_VERSIONS.some((each) => each === version))
    return "RTMPE, which is not enabled here; connect with rtmp:// instead of rtmpe://, or enable RTMPE";
  if (version === 0x0d || text.startsWith("PROXY "))
    return "it looks like a PROXY protocol header; turn that off in the proxy for this port";
  if (version === 0x15 || version === 0x16)
    return "it looks like TLS; RTMPS is needed for that: use a TLS listener, or rtmp:// instead of rtmps://";
  if (isUpperCaseLetter(version))
    return "it looks like HTTP; use a listener that accepts http (RTMPT), or an rtmp:// URL";
  return "neither RTMP nor a protocol known here; check the address and the port";
}

function isUpperCaseLetter(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}
