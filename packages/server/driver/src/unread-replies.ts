import { ProtocolError } from "@headgate/bytes";
import type { Link } from "@headgate/transport";
import type { InputMemory } from "./input-memory.ts";

/** What an honest peer leaves unread for a moment: the replies to a few requests. Bytes. */
const BLAMELESS_BYTES: number = 16 * 1024;

/**
 * Counts the replies to one peer that have not left the process. Forty bytes can ask for a kilobyte, and as many peers as there
 * may be can ask and read nothing: what is little for one of them is too much for all.
 */
export class UnreadReplies {
  readonly #link: Pick<Link, "queuedBytes">;
  readonly #memory: InputMemory;
  readonly #address: () => string;
  #bytes = 0;
  #isOver = false;

  /** `address` is the key of the peer's. */
  constructor(link: Pick<Link, "queuedBytes">, memory: InputMemory, address: () => string) {
    this.#link = link;
    this.#memory = memory;
    this.#address = address;
  }

  /** A reply was written. Throws OUTPUT_EXCEEDED. */
  add(bytes: number): void {
    this.#hold(Math.min(this.#bytes + bytes, this.#link.queuedBytes));
  }

  /** Looks how many are left; called a few times a second. Throws OUTPUT_EXCEEDED. */
  look(): void {
    if (this.#bytes > 0) this.#hold(Math.min(this.#bytes, this.#link.queuedBytes));
  }

  /** The peer is gone, or will be in a moment: what is written to it now does not count. */
  end(): void {
    this.#isOver = true;
    this.#bytes = 0;
    this.#memory.release(this);
  }

  #hold(bytes: number): void {
    if (this.#isOver || (bytes === 0 && this.#bytes === 0)) return;
    this.#bytes = bytes;
    if (this.#memory.tryHold(this, bytes, this.#address(), BLAMELESS_BYTES)) return;
    throw new ProtocolError(
      "OUTPUT_EXCEEDED",
      `the peer leaves ${bytes} bytes of replies unread, and all peers together hold too much`,
    );
  }
}
