import type { Message } from "@headgate/message";
import { hex } from "@headgate/testkit";
import { ChunkDecoder } from "./chunk-decoder.ts";

/** A message with its payload as hex digits, which compare fast and read well in a failure. */
export type ReadableMessage = Omit<Message, "payload"> & { readonly payload: string };

/** The messages of the pieces, taken as a driver takes them: after every push until there are none. */
export function decodeAll(
  pieces: readonly Uint8Array[],
  decoder: ChunkDecoder = new ChunkDecoder(),
): ReadableMessage[] {
  const messages: ReadableMessage[] = [];
  for (const piece of pieces) {
    decoder.push(piece);
    for (let message = decoder.next(); message; message = decoder.next()) messages.push(readable(message));
  }
  return messages;
}

/** Decodes hex digits in one piece. */
export function decodeHex(digits: string, decoder?: ChunkDecoder): ReadableMessage[] {
  return decodeAll([hex(digits)], decoder);
}

/** Cuts a payload into chunks: the first one's header in front, the same continuation header between. All hex digits. */
export function inChunks(header: string, payload: string, chunkSize: number, continuation: string): string {
  const pieces = payload.match(new RegExp(`(?:..){1,${chunkSize}}`, "g")) ?? [""];
  return header + pieces.join(continuation);
}

export function readable(message: Message): ReadableMessage {
  return { ...message, payload: toHex(message.payload) };
}

/** Payload whose every byte differs from its neighbours, as hex digits, so that a byte lost or doubled is seen. */
export function counting(length: number): string {
  return toHex(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
}

const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

export function toHex(bytes: Uint8Array): string {
  let digits = "";
  for (const byte of bytes) digits += DIGITS[byte];
  return digits;
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
