import { IncomingMessage } from "node:http";
import { JoinedBytes } from "./joined-bytes.ts";

/** The body of this request is a live stream, which may last for ever: its reader has to notice when nothing more comes. */
export function expectEndlessBody(request: IncomingMessage): void {
  if (request instanceof CompactRequest) request.isEndless = true;
}

/**
 * A request of node:http. While its body is not read, as many bytes of it are kept as of any stream, but not each piece by itself;
 * and its pieces are counted.
 */
export class CompactRequest extends IncomingMessage {
  /** Called for each piece of the body, as node:http finds them, with its length. */
  onPiece: ((bytes: number) => void) | undefined;
  /** See {@link expectEndlessBody}. */
  isEndless = false;
  /** What follows the first piece that is not read. */
  #waiting: JoinedBytes | undefined;

  /** Called by node:http. Returns whether there is room for more. */
  override push(piece: Buffer | null): boolean {
    if (piece === null) {
      this.#pushWaiting();
      return super.push(null);
    }
    this.onPiece?.(piece.length);
    if (this.readableLength === 0 && !this.#waiting) return super.push(piece);
    this.#waiting ??= new JoinedBytes();
    this.#waiting.add(piece);
    return this.readableLength + this.#waiting.length < this.readableHighWaterMark;
  }

  override read(size?: number): unknown {
    // Zero asks for no bytes: the stream fills its buffer.
    if (size !== 0) this.#pushWaiting();
    return super.read(size);
  }

  #pushWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (let bytes = waiting?.take(); bytes; bytes = waiting?.take()) super.push(bytes);
  }
}
