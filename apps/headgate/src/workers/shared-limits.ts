import { Bans, Ledger } from "@headgate/limits";
import type { FromWorker, ToWorker } from "./messages.ts";

type LimitMessage = Extract<FromWorker, { kind: "claim" | "giveBack" | "bitrates" }>;

/** What the primary counts for all workers, and whom it bans in all of them. */
export class SharedLimits {
  readonly bans: Bans = new Bans();
  readonly #ledger = new Ledger();
  readonly #tell: (worker: number, message: ToWorker) => void;
  /** The claims that each worker has made and not given back. */
  readonly #claims = new Map<number, Set<string>>();

  constructor(tell: (worker: number, message: ToWorker) => void) {
    this.#tell = tell;
    this.bans.onChange = () => {
      for (const worker of this.#claims.keys()) this.#tellBans(worker);
    };
  }

  joined(worker: number): void {
    this.#claims.set(worker, new Set());
  }

  /** It listens now. */
  ready(worker: number): void {
    this.#tellBans(worker);
  }

  /** All that it has taken is free. What it has sent before may still come, and counts no more. */
  left(worker: number): void {
    for (const id of this.#claims.get(worker) ?? []) this.#ledger.giveBack(id);
    this.#claims.delete(worker);
  }

  onMessage(worker: number, message: LimitMessage): void {
    const claims = this.#claims.get(worker);
    if (!claims) return;
    if (message.kind === "bitrates") {
      for (const id of this.#ledger.report(message.reported)) this.#tellExcess(id);
    } else if (message.kind === "giveBack") {
      claims.delete(message.id);
      this.#ledger.giveBack(message.id);
    } else {
      const { claim, isQuestion } = message;
      const full = isQuestion ? this.#ledger.full(claim) : this.#ledger.take(claim);
      if (!isQuestion && !full) claims.add(claim.id);
      this.#tell(worker, { kind: "claimed", id: claim.id, full: full ? [full] : [] });
    }
  }

  #tellExcess(id: string): void {
    for (const [worker, claims] of this.#claims)
      if (claims.has(id)) this.#tell(worker, { kind: "excess", id });
  }

  #tellBans(worker: number): void {
    this.#tell(worker, { kind: "bans", bans: this.bans.all });
  }
}
