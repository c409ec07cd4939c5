import { isIPv4, isIPv6 } from "node:net";
import { ProtocolError } from "@headgate/bytes";
import { canonicalAddress } from "./addresses.ts";
import { MAX_PROXY_BODY_BYTES, MAX_PROXY_LINE_BYTES } from "./limits.ts";

export interface ProxyHeader {
  /** Bytes the header takes. */
  readonly length: number;
  /** The client's address; undefined if the connection is the proxy's own, or of a kind without addresses. */
  readonly client: ProxiedClient | undefined;
}

interface ProxiedClient {
  readonly address: string;
  readonly port: number;
}

/** Reads a header that was recognised by its first bytes; undefined until it is whole (PROXY protocol §2). */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | undefined {
  return bytes[0] === LETTER_P ? readLine(bytes) : readBinary(bytes);
}

const LETTER_P = 0x50;

/** Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443` and a line end (§2.1). */
function readLine(bytes: Uint8Array): ProxyHeader | undefined {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, MAX_PROXY_LINE_BYTES));
  const end = text.indexOf("\r\n");
  if (end < 0) {
    if (bytes.length < MAX_PROXY_LINE_BYTES) return undefined;
    throw invalid("its line has no end");
  }
  const [, protocol, address = "", , port = ""] = text.slice(0, end).split(" ");
  const length = end + 2;
  if (protocol === "UNKNOWN") return { length, client: undefined };
  const isAddress = protocol === "TCP4" ? isIPv4 : protocol === "TCP6" ? isIPv6 : undefined;
  if (!isAddress?.(address) || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw invalid("its line has no valid address and port");
  }
  return { length, client: { address: canonicalAddress(address), port: Number(port) } };
}

/** Version 2: a signature, version and command, family and protocol, the length of the rest, addresses (§2.2). */
function readBinary(bytes: Uint8Array): ProxyHeader | undefined {
  if (bytes.length < BINARY_HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyLength = view.getUint16(14);
  if (bodyLength > MAX_PROXY_BODY_BYTES) throw invalid(`it is ${bodyLength} bytes long`);
  const command = view.getUint8(12);
  if (command !== LOCAL && command !== PROXY) throw invalid(`its version and command are ${command}`);
  const length = BINARY_HEAD_BYTES + bodyLength;
  if (bytes.length < length) return undefined;
  const body = new DataView(bytes.buffer, bytes.byteOffset + BINARY_HEAD_BYTES, bodyLength);
  return { length, client: command === PROXY ? readAddresses(view.getUint8(13), body) : undefined };
}

const BINARY_HEAD_BYTES = 16;
const LOCAL = 0x20;
const PROXY = 0x21;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;

/** Source address, destination address, source port, destination port. */
function readAddresses(family: number, body: DataView): ProxiedClient | undefined {
  if (family !== TCP_OVER_IPV4 && family !== TCP_OVER_IPV6) return undefined;
  const isOld = family === TCP_OVER_IPV4;
  if (body.byteLength < (isOld ? 12 : 36)) throw invalid("it is too short for its addresses");
  const parts = isOld
    ? Array.from({ length: 4 }, (_, index) => body.getUint8(index)).join(".")
    : Array.from({ length: 8 }, (_, index) => body.getUint16(2 * index).toString(16)).join(":");
  return { address: canonicalAddress(parts), port: body.getUint16(isOld ? 8 : 32) };
}

function invalid(reason: string): ProtocolError {
  return new ProtocolError("PROXY_HEADER_INVALID", `the PROXY protocol header is not valid: ${reason}`);
}
