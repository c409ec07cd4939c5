import { type Faults, Guard } from "@headgate/transport";
import { type Denial, deny, type Verdict } from "./policy.ts";

/** What is needed to refuse a request. */
export interface PendingRequest {
  /** The status for the client if the server cannot decide. */
  readonly status: Denial["status"];
  readonly deadlineMs: number;
  readonly onVerdict: (verdict: Verdict) => void;
  /** The policy has answered, wanted or not. */
  readonly onAnswered?: () => void;
}

/** A request that is not decided yet. It ends once: with the verdict, at the deadline, or when it is withdrawn. */
export class PendingVerdict {
  readonly #request: PendingRequest;
  #isOver = false;

  constructor(verdict: Promise<Verdict>, request: PendingRequest, faults: Faults) {
    this.#request = request;
    const guard = new Guard(faults, "request", () => this.#answered(deny(request.status, "POLICY_FAILED")));
    guard.settle(verdict, (decided) => this.#answered(decided));
  }

  /** Called a few times a second. */
  sweep(nowMs: number): void {
    if (nowMs >= this.#request.deadlineMs) this.#end(deny(this.#request.status, "POLICY_TIMED_OUT"));
  }

  /** The verdict is no longer wanted. */
  withdraw(): void {
    this.#isOver = true;
  }

  #answered(verdict: Verdict): void {
    this.#request.onAnswered?.();
    this.#end(verdict);
  }

  #end(verdict: Verdict): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#request.onVerdict(verdict);
  }
}
