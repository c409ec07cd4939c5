/**
 * Gathers a packet of known length from input that is cut anywhere. A packet that arrives whole is handed on as a view of
 * the input; only one that arrives in parts is copied, into a buffer of exactly its length.
 */
export class PacketCollector {
  readonly #length: number;
  #packet: Uint8Array | undefined;
  #collected = 0;

  constructor(length: number) {
    this.#length = length;
  }

  get bufferedBytes(): number {
    return this.#collected;
  }

  /** Takes what is still missing from the front of the input and returns how many bytes that was. */
  collect(input: Uint8Array): number {
    const taken = Math.min(this.#length - this.#collected, input.length);
    const part = input.subarray(0, taken);
    if (taken === this.#length) {
      this.#packet = part;
    } else {
      this.#packet ??= new Uint8Array(this.#length);
      this.#packet.set(part, this.#collected);
    }
    this.#collected += taken;
    return taken;
  }

  /**
   * The packet, handed out once it is complete. It may be a view of the input just collected, so what must last is copied
   * out of it.
   */
  takePacket(): Uint8Array | undefined {
    if (this.#collected < this.#length) return undefined;
    const packet = this.#packet;
    this.#packet = undefined;
    this.#collected = 0;
    return packet;
  }
}
