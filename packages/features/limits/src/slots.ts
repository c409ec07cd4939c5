import { type Claim, type Full, Ledger, type ReportedBitrate } from "./ledger.ts";

/** Where slots are taken: in this process, or in the one that counts for all workers. */
export interface Slots {
  /** Whether a claim could be taken now. */
  full(claim: Claim): Full | Promise<Full>;
  /** In all groups of the claim, or in none. */
  take(claim: Claim): Full | Promise<Full>;
  /** Does nothing for a claim that was not taken. One that is under way is given back when it was taken. */
  giveBack(id: string): void;
  report(reported: readonly ReportedBitrate[]): void;
  /** Called with the id of a slot that has to be ended because its group has too much bitrate. */
  onExcess: (id: string) => void;
}

/** The slots of a server with one process. */
export class LocalSlots implements Slots {
  onExcess: (id: string) => void = () => {};
  readonly #ledger = new Ledger();

  full(claim: Claim): Full {
    return this.#ledger.full(claim);
  }

  take(claim: Claim): Full {
    return this.#ledger.take(claim);
  }

  giveBack(id: string): void {
    this.#ledger.giveBack(id);
  }

  report(reported: readonly ReportedBitrate[]): void {
    for (const id of this.#ledger.report(reported)) this.onExcess(id);
  }
}
