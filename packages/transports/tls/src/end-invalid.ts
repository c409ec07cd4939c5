import type { TLSSocket } from "node:tls";
import { ProtocolError } from "@headgate/bytes";

/** Called at most once, when the peer breaks TLS after the handshake. The connection ends. */
export type OnInvalid = (error: ProtocolError) => void;

/** Ends a connection whose peer broke TLS after the handshake, and tells why. */
export function endInvalid(secured: TLSSocket, reason: string, onInvalid: OnInvalid): void {
  const invalid = new ProtocolError("TLS_RECORD_INVALID", `TLS was broken after the handshake: ${reason}`);
  secured.destroy(invalid);
  onInvalid(invalid);
}
