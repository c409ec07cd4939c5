/** The opcodes of WebSocket frames (RFC 6455 §5.2). */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FINAL = 0x80;
const MAX_LENGTH_IN_BYTE = 125;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;
const MAX_LENGTH_IN_2_BYTES = 0xffff;

/** How many bytes the header of a frame from a server takes, by the length of the frame's payload. */
export function headerLength(payloadLength: number): number {
  if (payloadLength <= MAX_LENGTH_IN_BYTE) return 2;
  return payloadLength <= MAX_LENGTH_IN_2_BYTES ? 4 : 10;
}

/** Writes the header of a frame that is a whole message, and returns the offset behind it. Frames from a server have no mask. */
export function writeHeader(
  target: Uint8Array,
  at: number,
  payloadLength: number,
  opcode: number = OPCODE.binary,
): number {
  const length = headerLength(payloadLength);
  target[at] = FINAL | opcode;
  if (length === 2) target[at + 1] = payloadLength;
  else {
    target[at + 1] = length === 4 ? LENGTH_IN_2_BYTES : LENGTH_IN_8_BYTES;
    const view = new DataView(target.buffer, target.byteOffset + at, length);
    if (length === 4) view.setUint16(2, payloadLength);
    else view.setBigUint64(2, BigInt(payloadLength));
  }
  return at + length;
}

/** A frame that is a whole message. */
export function encodeFrame(payload: Uint8Array, opcode: number = OPCODE.binary): Uint8Array {
  const frame = new Uint8Array(headerLength(payload.length) + payload.length);
  frame.set(payload, writeHeader(frame, 0, payload.length, opcode));
  return frame;
}
