import type { Claim, Full, ReportedBitrate, Slots } from "@headgate/limits";
import type { FromWorker } from "./messages.ts";

/** Claims without an answer: each is a request of a peer, which the primary answers in a millisecond. More are refused as if full. */
export const MAX_OPEN_CLAIMS = 10_000;

/** The slots of one worker, which the primary counts for all. */
export class WorkerSlots implements Slots {
  onExcess: (id: string) => void = () => {};
  readonly #tell: (message: FromWorker) => void;
  readonly #open = new Map<string, (full: Full) => void>();

  constructor(tell: (message: FromWorker) => void) {
    this.#tell = tell;
  }

  full(claim: Claim): Full | Promise<Full> {
    return this.#claim(claim, true);
  }

  take(claim: Claim): Full | Promise<Full> {
    return this.#claim(claim, false);
  }

  /** Messages arrive in their order: the primary has answered the claim before it reads this. */
  giveBack(id: string): void {
    this.#tell({ kind: "giveBack", id });
  }

  report(reported: readonly ReportedBitrate[]): void {
    this.#tell({ kind: "bitrates", reported });
  }

  /** The primary's answer. */
  answered(id: string, full: Full): void {
    this.#open.get(id)?.(full);
    this.#open.delete(id);
  }

  #claim(claim: Claim, isQuestion: boolean): Full | Promise<Full> {
    if (this.#open.size >= MAX_OPEN_CLAIMS) return { at: 0, of: "members" };
    return new Promise((resolve) => {
      this.#open.set(claim.id, resolve);
      this.#tell({ kind: "claim", claim, isQuestion });
    });
  }
}
