import type { StreamKey } from "@headgate/bus";
import type { HookCall, StreamFacts } from "./hook-call.ts";

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
  /** What is to be told; the first is told next. */
  readonly reports: Report[] = [];
  /** Whether it is being told something. */
  isTelling = false;
  /** What the hook has allowed and has not begun so far, by its kind and path. */
  readonly #allowed = new Map<string, StreamFacts>();
  #seq = 0;
  #openQuestions = 0;
  #whenQuiet: (() => void)[] = [];
  #whenTold: { readonly report: Report; readonly resolve: () => void }[] = [];

  constructor(tell: Conversation["tell"]) {
    this.tell = tell;
  }

  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  /** Whether a question is open. Nothing is told before its answer: a stop must not overtake its start. */
  get isAsking(): boolean {
    return this.#openQuestions > 0;
  }

  async asking<T>(ask: () => Promise<T>): Promise<T> {
    this.#openQuestions += 1;
    try {
      return await ask();
    } finally {
      this.#openQuestions -= 1;
      if (!this.isAsking) for (const work of this.#whenQuiet.splice(0)) work();
    }
  }

  /** Does the work when no question is open. */
  whenQuiet(work: () => void): void {
    if (this.isAsking) this.#whenQuiet.push(work);
    else work();
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

  get allowed(): number {
    return this.#allowed.size;
  }

  allow(stream: StreamFacts): void {
    this.#allowed.set(idOf(stream), stream);
  }

  /** It will begin under another name. */
  rename(stream: StreamFacts, key: StreamKey): void {
    if (this.#allowed.delete(idOf(stream))) this.allow({ ...stream, key });
  }

  /** It has begun, so its stop will be heard of. */
  begin(stream: Pick<StreamFacts, "kind" | "key">): void {
    this.#allowed.delete(idOf(stream));
  }

  /** The first that was allowed and has not begun; forgets it. */
  takeAllowed(): StreamFacts | undefined {
    const [first] = this.#allowed.values();
    if (first) this.begin(first);
    return first;
  }
}

function idOf({ kind, key }: Pick<StreamFacts, "kind" | "key">): string {
  return `${kind} ${key.path}`;
}
