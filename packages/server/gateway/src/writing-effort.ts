import { ENTRY_EFFORT_BYTES } from "@headgate/bus";

/** A write takes as long as so many bytes besides its own: some ten microseconds. */
const WRITE_EFFORT_BYTES = 8 * 1024;

/**
 * How much of the writing to viewers becomes less where messages are gathered for longer: writes do, copies of small messages do
 * not. A peer that has many copied, or plays many streams on one connection, must not make everybody wait for longer because of it.
 */
export class WritingEffort {
  #all = 0;
  #inRounds = 0;

  /**
   * One viewing was sent so many bytes. `copiedEntries` are the messages that were copied for it alone, or left out; `isInRounds`
   * says whether it is written to in rounds, and so less often with a longer window.
   */
  add(bytes: number, copiedEntries: number, isInRounds: boolean): void {
    if (bytes === 0 && copiedEntries === 0) return;
    const writing = bytes === 0 ? 0 : WRITE_EFFORT_BYTES + bytes;
    this.#all += writing + Math.max(0, copiedEntries * ENTRY_EFFORT_BYTES - bytes);
    if (isInRounds) this.#inRounds += writing;
  }

  /** The share since the last call, from 0 to 1; all of it where nothing was written. */
  takeShare(): number {
    const share = this.#all === 0 ? 1 : this.#inRounds / this.#all;
    this.#all = 0;
    this.#inRounds = 0;
    return share;
  }
}
