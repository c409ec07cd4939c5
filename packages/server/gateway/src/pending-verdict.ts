import { type Faults, Guard } from "@headgate/transport";
import { type Denial, deny } from "./policy.ts";

/** What is needed to refuse a request. */
export interface PendingRequest<Decision> {
  /** The status for the client if the server cannot decide. */
  readonly status: Denial["status"];
  readonly deadlineMs: number;
  readonly onVerdict: (decision: Decision | Denial) => void;
  /** The policy has answered, wanted or not. */
  readonly onAnswered?: () => void;
  /** The policy has decided, and nobody wants to know any more: for what the decision holds. */
  readonly onUnwanted?: (decision: Decision | Denial) => void;
}

/** A request that is not decided yet. It ends once: with the verdict, at the deadline, or when it is withdrawn. */
export class PendingVerdict<Decision> {
  readonly #request: PendingRequest<Decision>;
  #isOver = false;

  constructor(decision: Promise<Decision>, request: PendingRequest<Decision>, faults: Faults) {
    this.#request = request;
    const guard = new Guard(faults, "request", () => this.#answered(deny(request.status, "POLICY_FAILED")));
    guard.settle(decision, (decided) => this.#answered(decided));
  }

  /** Called a few times a second. */
  sweep(nowMs: number): void {
    if (nowMs >= this.#request.deadlineMs) this.#end(deny(this.#request.status, "POLICY_TIMED_OUT"));
  }

  /** The verdict is no longer wanted. */
  withdraw(): void {
    this.#isOver = true;
  }

  #answered(decision: Decision | Denial): void {
    this.#request.onAnswered?.();
    if (this.#isOver) this.#request.onUnwanted?.(decision);
    this.#end(decision);
  }

  #end(decision: Decision | Denial): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#request.onVerdict(decision);
  }
}
