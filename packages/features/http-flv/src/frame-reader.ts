import { ProtocolError } from "@headgate/bytes";
import { OPCODE } from "./frame-header.ts";

/** Control frames are no longer (RFC 6455 §5.5). */
const MAX_CONTROL_BYTES = 125;

const MASK_BYTES = 4;
const LONGEST_HEADER = 10 + MASK_BYTES;

/** The codes with which a connection is closed (RFC 6455 §7.4.1). */
export const CLOSE = {
  normal: 1000,
  protocol: 1002,
  unsupported: 1003,
  policy: 1008,
  tooLong: 1009,
} as const;

/** A frame that ends the connection, with the code that the client is told. */
export class FrameError extends ProtocolError {
  readonly close: number;

  constructor(close: number, message: string) {
    super("WEBSOCKET_INVALID", message);
    this.close = close;
  }
}

export interface FrameLimits {
  readonly maxMessageBytes: number;
  /** Whether there may be a frame more, by its length: those of a few bytes cost more than they carry. */
  readonly mayRead: (length: number) => boolean;
  /** Whether messages of text are taken as well. */
  readonly takesText: boolean;
}

export interface FrameHandler {
  /** Of messages, in pieces, as they come. Their memory is used again once the call has returned. */
  onData(bytes: Uint8Array): void;
  onPing(payload: Uint8Array): void;
  onClose(): void;
}

interface Frame {
  readonly opcode: number;
  readonly mask: Uint8Array;
  readonly length: number;
  read: number;
}

/** Reads the frames of a WebSocket client (RFC 6455 §5). It keeps a header or a control frame at most, and no message. */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #limits: FrameLimits;
  readonly #header = new Uint8Array(LONGEST_HEADER);
  #headerBytes = 0;
  #frame: Frame | undefined;
  #control: Uint8Array | undefined;
  /** Of the message that has not ended; undefined between two. */
  #messageBytes: number | undefined;
  #isOver = false;

  constructor(handler: FrameHandler, limits: FrameLimits) {
    this.#handler = handler;
    this.#limits = limits;
  }

  /** Takes what has come, which it changes: masked bytes are read where they are. Throws a FrameError. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.#isOver) {
      if (!this.#frame) at += this.#readHeader(bytes.subarray(at));
      else at += this.#readPayload(this.#frame, bytes.subarray(at));
      if (this.#frame?.read === this.#frame?.length) this.#endFrame();
    }
  }

  #readHeader(bytes: Uint8Array): number {
    const wanted = this.#headerBytes < 2 ? 2 : headerLength(this.#header);
    const taken = bytes.subarray(0, wanted - this.#headerBytes);
    this.#header.set(taken, this.#headerBytes);
    this.#headerBytes += taken.length;
    if (this.#headerBytes === 2) checkBeginning(this.#header);
    if (this.#headerBytes > 2 && this.#headerBytes === headerLength(this.#header)) this.#begin();
    return taken.length;
  }

  #begin(): void {
    const header = this.#header.subarray(0, this.#headerBytes);
    this.#headerBytes = 0;
    const opcode = header[0]! & 0x0f;
    const length = payloadLength(header);
    if (!this.#limits.mayRead(length)) throw new FrameError(CLOSE.policy, "too many frames of a few bytes");
    const mask = header.slice(-MASK_BYTES);
    this.#frame = { opcode, mask, length, read: 0 };
    if (opcode >= OPCODE.close) {
      this.#control = new Uint8Array(length);
      return;
    }
    if ((opcode === OPCODE.continuation) !== (this.#messageBytes !== undefined))
      throw new FrameError(CLOSE.protocol, "a frame that does not follow from the one before");
    const { maxMessageBytes, takesText } = this.#limits;
    if (opcode === OPCODE.text && !takesText) throw new FrameError(CLOSE.unsupported, "a message of text");
    this.#messageBytes = (this.#messageBytes ?? 0) + length;
    if (this.#messageBytes > maxMessageBytes)
      throw new FrameError(CLOSE.tooLong, `a message of more than ${maxMessageBytes} bytes`);
    if ((header[0]! & 0x80) !== 0) this.#messageBytes = undefined;
  }

  #readPayload(frame: Frame, bytes: Uint8Array): number {
    const piece = bytes.subarray(0, frame.length - frame.read);
    for (let index = 0; index < piece.length; index += 1)
      piece[index]! ^= frame.mask[(frame.read + index) % MASK_BYTES]!;
    if (this.#control) this.#control.set(piece, frame.read);
    frame.read += piece.length;
    if (!this.#control) this.#handler.onData(piece);
    return piece.length;
  }

  #endFrame(): void {
    const frame = this.#frame;
    const control = this.#control;
    this.#frame = undefined;
    this.#control = undefined;
    if (!frame || !control) return;
    if (frame.opcode === OPCODE.ping) this.#handler.onPing(control);
    if (frame.opcode !== OPCODE.close) return;
    this.#isOver = true;
    this.#handler.onClose();
  }
}

/** Of the whole header, of which the first two bytes are there. */
function headerLength(header: Uint8Array): number {
  const short = header[1]! & 0x7f;
  const length = short < 126 ? 0 : short === 126 ? 2 : 8;
  return 2 + length + MASK_BYTES;
}

function checkBeginning([first = 0, second = 0]: Uint8Array): void {
  const opcode = first & 0x0f;
  const isControl = opcode >= OPCODE.close;
  if ((first & 0x70) !== 0) throw new FrameError(CLOSE.protocol, "a frame with a reserved bit");
  if ((opcode > OPCODE.binary && !isControl) || opcode > OPCODE.pong)
    throw new FrameError(CLOSE.protocol, `a frame of the unknown kind ${opcode}`);
  if ((second & 0x80) === 0) throw new FrameError(CLOSE.protocol, "a frame without a mask");
  if (isControl && ((first & 0x80) === 0 || (second & 0x7f) > MAX_CONTROL_BYTES))
    throw new FrameError(CLOSE.protocol, "a control frame that is in parts, or too long");
}

/** A number that is too large for anything stays so. */
function payloadLength(header: Uint8Array): number {
  const short = header[1]! & 0x7f;
  if (short < 126) return short;
  const view = new DataView(header.buffer, header.byteOffset);
  return short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
}
