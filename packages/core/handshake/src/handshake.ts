import type { DigestLayout } from "./digest.ts";
import type { RtmpeVersion } from "./rtmp-version.ts";
import type { StreamCiphers } from "./stream-cipher.ts";

/** One side of the exchange before the chunk stream (RTMP 1.0 §5.2). */
export interface Handshake {
  /**
   * Consumes what belongs to the handshake and returns how many bytes of the input that was. Once `result` is set it
   * takes none: the rest is the chunk stream. Throws ProtocolError when the peer does not speak this protocol.
   */
  receive(bytes: Uint8Array, nowMs: number): number;
  /** The bytes to send now, if any, handed out once and not to be modified. Ask after construction and after each `receive`. */
  takeOutput(): Uint8Array | undefined;
  /** Set once both sides are through and the chunk stream begins. */
  readonly result: HandshakeResult | undefined;
  /** The end of S1, which binds SWF verification to this connection. Only with a digest, without which S1 proves nothing. */
  readonly swfVerificationKey: Uint8Array | undefined;
  /** How much of the peer's input is held back, never more than one packet and its version byte. */
  readonly bufferedBytes: number;
}

/** The result of the handshake. `peerVersion` is bytes 4 to 7 of the peer's first packet, such as "9.0.124.2". */
export type HandshakeResult =
  | { readonly kind: "simple"; readonly peerVersion: string }
  | { readonly kind: "digest"; readonly peerVersion: string; readonly layout: DigestLayout }
  | {
      readonly kind: "rtmpe";
      readonly peerVersion: string;
      readonly layout: DigestLayout;
      /** The server's S0, which holds for both directions. */
      readonly version: RtmpeVersion;
      /** For every byte after C2 and after S2. */
      readonly ciphers: StreamCiphers;
    };
