/**
 * How long a client is to wait before it asks again, as the first byte of every reply says it, in units of about 16 ms.
 * The steps are Flash Media Server's; librtmp and ffmpeg do not look at them.
 */
export class PollingInterval {
  #emptyReplies = 0;

  get byte(): number {
    const step = Math.floor(this.#emptyReplies / REPLIES_PER_STEP);
    return STEPS[Math.min(step, STEPS.length - 1)]!;
  }

  /** To be told of every reply to an idle request, and of every other one that has data. */
  replied(hasData: boolean): void {
    this.#emptyReplies = hasData ? 0 : this.#emptyReplies + 1;
  }
}

const STEPS = [0x01, 0x03, 0x05, 0x09, 0x11, 0x21];
const REPLIES_PER_STEP = 10;
