import { ProtocolError } from "@headgate/bytes";

/**
 * A peer that holds no more than this is not blamed when the process is short of memory, unless as many peers as there may be could
 * then hold too much. Bytes.
 */
const BLAMELESS_BYTES: number = 64 * 1024;

/** What a peer, or one of its requests, holds. */
interface Share {
  readonly address: string;
  bytes: number;
}

/**
 * Counts the memory, over all peers, of input that is unfinished or has not been read yet, and of replies that are not read.
 * When it is too much, peers are blamed whose address holds more than its part: what many peers of one address hold, each only
 * a little, must not end a publisher of another one at its next large frame.
 */
export class InputMemory {
  #maxBytes = 0;
  #blamelessBytes = 0;
  readonly #shares = new Map<object, Share>();
  readonly #byAddress = new Map<string, number>();
  #bytes = 0;

  /** `maxPeers`: how many there may be. */
  constructor(maxBytes: number, maxPeers: number = 1) {
    this.configure(maxBytes, maxPeers);
  }

  /** Other limits, for what is held from now on. */
  configure(maxBytes: number, maxPeers: number): void {
    this.#maxBytes = maxBytes;
    this.#blamelessBytes = Math.min(BLAMELESS_BYTES, maxBytes / maxPeers);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Notes how much a peer, or one of its requests, holds now. `address` is the key of the peer's address. False if that exceeds
   * the limit, and the peer is to blame for it: then it must be released.
   */
  tryHold(holder: object, bytes: number, address: string, blamelessBytes: number = BLAMELESS_BYTES): boolean {
    if (bytes > 0) this.#note(holder, bytes, address);
    else this.release(holder);
    if (this.#bytes <= this.#maxBytes) return true;
    return bytes <= Math.min(blamelessBytes, this.#blamelessBytes) || this.#isModest(address);
  }

  /** The same; throws INPUT_EXCEEDED. */
  hold(peer: object, bytes: number, address: string): void {
    if (this.tryHold(peer, bytes, address)) return;
    throw new ProtocolError(
      "INPUT_EXCEEDED",
      `the peer's unfinished messages hold ${bytes} bytes, and all peers' together more than the limit of ${this.#maxBytes}`,
    );
  }

  release(holder: object): void {
    const share = this.#shares.get(holder);
    if (!share) return;
    this.#shares.delete(holder);
    this.#add(share.address, -share.bytes);
  }

  #note(holder: object, bytes: number, address: string): void {
    const share = this.#shares.get(holder);
    if (!share) this.#shares.set(holder, { address, bytes });
    this.#add(address, bytes - (share?.bytes ?? 0));
    if (share) share.bytes = bytes;
  }

  #add(address: string, change: number): void {
    const bytes = (this.#byAddress.get(address) ?? 0) + change;
    if (bytes > 0) this.#byAddress.set(address, bytes);
    else this.#byAddress.delete(address);
    this.#bytes += change;
  }

  /** Whether an address holds no more than its part, if all that hold anything had the same. */
  #isModest(address: string): boolean {
    return (this.#byAddress.get(address) ?? 0) <= this.#maxBytes / this.#byAddress.size;
  }
}
