/**
 * How long a client should wait before it asks again: the first byte of every reply, in units of about 16 ms. The steps are
 * Flash Media Server's; librtmp and ffmpeg ignore them.
 */
export class PollingInterval {
  #emptyReplies = 0;

  get byte(): number {
    const step = Math.floor(this.#emptyReplies / REPLIES_PER_STEP);
    return STEPS[Math.min(step, STEPS.length - 1)]!;
  }

  /** To be called for every reply to an idle request, and for every other reply with data. */
  replied(hasData: boolean): void {
    this.#emptyReplies = hasData ? 0 : this.#emptyReplies + 1;
  }
}

const STEPS = [0x01, 0x03, 0x05, 0x09, 0x11, 0x21];
const REPLIES_PER_STEP = 10;
