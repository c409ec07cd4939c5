import type { Link, LinkHandler, TransportName } from "../link.ts";

/** Overwrites memory that a handler may no longer read. */
const USED_AGAIN = 0xee;

/** One of two Links that are each other's peer; see {@link memoryLinkPair}. */
export class MemoryLink implements Link {
  readonly transport: TransportName;
  readonly remoteAddress: string;
  readonly remotePort: number;
  bytesReceived = 0;
  bytesSent = 0;
  readonly #capacity: number;
  #peer: MemoryLink | undefined;
  #handler: LinkHandler | undefined;
  #state: "open" | "ending" | "closed" = "open";
  #reason: string | undefined;
  #toldClosed = false;
  /** Whether this end has received the peer's end. */
  #peerEnded = false;
  #owesWritable = false;
  #paused = false;
  /** Bytes that the peer has written and this end has not received. */
  readonly #inbox: Uint8Array[] = [];
  #inboxBytes = 0;

  constructor({ transport, remoteAddress, remotePort, capacity }: MemoryLinkOptions) {
    this.transport = transport;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.#capacity = capacity;
  }

  static join(one: MemoryLink, other: MemoryLink): void {
    one.#peer = other;
    other.#peer = one;
  }

  get queuedBytes(): number {
    return this.#peer!.#inboxBytes;
  }

  get writable(): boolean {
    return this.#state === "open" && this.#peer!.#inboxBytes < this.#capacity;
  }

  /** Bytes that wait at this end, because `deliver` was not called or it is paused. */
  get waitingBytes(): number {
    return this.#inboxBytes;
  }

  open(handler: LinkHandler): void {
    this.#handler = handler;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== "open" || bytes.length === 0) return true;
    this.bytesSent += bytes.length;
    this.#peer!.#receive(bytes);
    if (!this.writable) this.#owesWritable = true;
    return false;
  }

  end(): void {
    if (this.#state === "open") this.#state = "ending";
  }

  destroy(): void {
    this.#close();
    this.#peer!.#close();
  }

  /** Takes no bytes until {@link resume}, as a peer does that does not read. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /** Makes at most one call to the handler. Returns whether there was anything to do. */
  step(): boolean {
    if (this.#state === "closed") return this.#tellClosed();
    if (this.#owesWritable && this.writable) return this.#tellWritable();
    if (this.#paused || !this.#handler) return false;
    const bytes = this.#inbox.shift();
    return bytes ? this.#hand(bytes, this.#handler) : this.#noticeEnd();
  }

  /** The connection is lost without either end wanting it. */
  breakOff(reason: string): void {
    this.#close(reason);
    this.#peer!.#close(reason);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state === "closed") return;
    this.#inbox.push(bytes);
    this.#inboxBytes += bytes.length;
  }

  #close(reason?: string): void {
    if (this.#state === "closed") return;
    if (this.#state === "open") this.#reason = reason;
    this.#state = "closed";
    this.#inbox.length = 0;
    this.#inboxBytes = 0;
  }

  #tellClosed(): boolean {
    if (this.#toldClosed) return false;
    this.#toldClosed = true;
    this.#handler?.onClosed(this.#reason);
    return true;
  }

  #tellWritable(): boolean {
    this.#owesWritable = false;
    this.#handler?.onWritable();
    return true;
  }

  #hand(bytes: Uint8Array, handler: LinkHandler): boolean {
    this.#inboxBytes -= bytes.length;
    this.bytesReceived += bytes.length;
    // A copy, as from a network: the two ends share no memory. What the handler keeps of it is worth nothing.
    const copy = new Uint8Array(bytes);
    handler.onBytes(copy);
    copy.fill(USED_AGAIN);
    return true;
  }

  /** A peer that has ended ends this side too, once both have got what the other had written before. */
  #noticeEnd(): boolean {
    const peer = this.#peer!;
    if (this.#peerEnded || peer.#state === "open") return false;
    this.#peerEnded = true;
    this.end();
    if (!peer.#peerEnded) return true;
    this.#close();
    peer.#close();
    return true;
  }
}

interface MemoryLinkOptions {
  readonly transport: TransportName;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly capacity: number;
}
