import type { HookCall } from "./hook-call.ts";
import type { OpenQuestions } from "./open-questions.ts";

/** What a hook says to a report. `again`: it has not heard it. */
export type Heard = "allow" | "deny" | "again";

/** Something that a hook has still to be told. */
export interface Report {
  readonly call: HookCall;
  readonly addedMs: number;
  /** The hook wants the session to end. */
  readonly onDenied?: () => void;
}

/** What one hook is asked and told about one session, in order. */
export class Conversation {
  readonly tell: (call: HookCall) => Promise<Heard>;
  /** Those of the session, also to other hooks. */
  readonly questions: OpenQuestions;
  /** What is to be told; the first is told next. */
  readonly reports: Report[] = [];
  /** Whether it is being told something. */
  isTelling = false;
  #seq = 0;
  #whenTold: { readonly report: Report; readonly resolve: () => void }[] = [];

  constructor(tell: Conversation["tell"], questions: OpenQuestions) {
    this.tell = tell;
    this.questions = questions;
  }

  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  /** Resolves when this report, which waits, has been told, when telling has failed, or at the deadline. */
  told(report: Report, deadline: AbortSignal): Promise<void> {
    if (deadline.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenTold.push({ report, resolve });
      deadline.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Takes the first report from what is to be told. */
  removeFirst(): void {
    const report = this.reports.shift();
    const isOver = this.#whenTold.filter((each) => each.report === report);
    this.#whenTold = this.#whenTold.filter((each) => each.report !== report);
    for (const { resolve } of isOver) resolve();
  }

  endTelling(): void {
    this.isTelling = false;
    for (const { resolve } of this.#whenTold.splice(0)) resolve();
  }
}
