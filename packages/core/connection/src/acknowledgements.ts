import { acknowledgement, type Message } from "@headgate/message";

/** Counts received bytes, and decides when to send an Acknowledgement (RTMP 1.0 §5.4.3). */
export class Acknowledgements {
  #window: number;
  #received = 0;
  #acknowledged = 0;

  constructor(window: number) {
    this.#window = window;
  }

  /** The peer's WindowAcknowledgementSize; 0, which some send, would ask for one after every byte and is ignored. */
  useWindow(bytes: number): void {
    if (bytes > 0) this.#window = bytes;
  }

  /** Acknowledges twice per window: some encoders stall when they must wait for the end of it. */
  receive(bytes: number): Message | undefined {
    this.#received += bytes;
    if (this.#received - this.#acknowledged < this.#window / 2) return undefined;
    this.#acknowledged = this.#received;
    return acknowledgement(this.#received >>> 0);
  }
}
