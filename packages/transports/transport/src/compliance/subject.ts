import type { Link, LinkHandler } from "../link.ts";

/** Wraps the Link under test, and records what the contract forbids in calls to it and from it. */
export class Subject implements LinkHandler {
  readonly link: Link;
  readonly violations: string[] = [];
  writableCalls = 0;
  /** The arguments of `onClosed`, one by one. */
  readonly closed: (string | undefined)[] = [];
  /** Called within `onBytes`. */
  whenBytes: (bytes: Uint8Array) => void = () => {};
  receivedBytes = 0;
  readonly #pieces: Uint8Array[] = [];
  #inCall = false;
  #destroyed = false;

  constructor(link: Link) {
    this.link = link;
  }

  get received(): Uint8Array {
    return concat(this.#pieces);
  }

  open(): void {
    this.#call(() => this.link.open(this));
  }

  write(bytes: Uint8Array): boolean {
    let hasLeft = false;
    this.#call(() => {
      hasLeft = this.link.write(bytes);
    });
    return hasLeft;
  }

  end(): void {
    this.#call(() => this.link.end());
  }

  destroy(): void {
    this.#destroyed = true;
    this.#call(() => this.link.destroy());
  }

  onBytes(bytes: Uint8Array): void {
    this.#note("onBytes");
    if (bytes.length === 0) this.violations.push("onBytes without bytes");
    this.#pieces.push(new Uint8Array(bytes));
    this.receivedBytes += bytes.length;
    this.whenBytes(bytes);
  }

  onWritable(): void {
    this.#note("onWritable");
    if (!this.link.writable) this.violations.push("onWritable while not writable");
    this.writableCalls += 1;
  }

  onClosed(reason?: string): void {
    this.#note("onClosed");
    if (this.link.writable) this.violations.push("writable when closed");
    this.closed.push(reason);
  }

  #call(call: () => void): void {
    const outer = this.#inCall;
    this.#inCall = true;
    call();
    this.#inCall = outer;
  }

  #note(event: string): void {
    if (this.#inCall) this.violations.push(`${event} from within a call to the Link`);
    if (this.#destroyed && event !== "onClosed") this.violations.push(`${event} after destroy`);
    if (this.closed.length > 0) this.violations.push(`${event} after onClosed`);
  }
}

export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
