import type { Session, StreamUse } from "@headgate/gateway";
import { type Faults, Guard } from "@headgate/transport";
import type { Hook } from "./hook.ts";
import type { HookSet } from "./hook-set.ts";

/** How exact the intervals are. Looking at ten thousand sessions takes about a millisecond. */
const TICK_MS = 1_000;

interface UpdatesContext {
  /** The sessions there are, by their id. */
  readonly sessions: () => ReadonlyMap<string, Session>;
  readonly faults: Faults;
  /** Milliseconds of the gateway's clock. */
  readonly now: () => number;
}

/** Tells hooks again and again of what is published and played. Its timer runs only while a hook wants to hear it. */
export class Updates {
  readonly #context: UpdatesContext;
  readonly #update: (hook: Hook, session: Session, use: StreamUse) => void;
  readonly #guard: Guard;
  #timer: NodeJS.Timeout | undefined;
  #lastMs = 0;

  constructor(context: UpdatesContext, update: (hook: Hook, session: Session, use: StreamUse) => void) {
    this.#context = context;
    this.#update = update;
    this.#guard = new Guard(context.faults, "task", () => {});
  }

  /** Tells these hooks from now on, and no others. */
  tell(hooks: HookSet): void {
    this.stop();
    const wanting = hooks.all.filter(({ events }) => events.has("update"));
    const intervalsMs = [...new Set(wanting.map(({ options }) => options.updateIntervalMs))];
    if (intervalsMs.length === 0) return;
    this.#lastMs = this.#context.now();
    this.#timer = setInterval(
      this.#guard.entry(() => this.#tellDue(hooks, intervalsMs)),
      TICK_MS,
    ).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tellDue(hooks: HookSet, intervalsMs: readonly number[]): void {
    const nowMs = this.#context.now();
    const lastMs = this.#lastMs;
    this.#lastMs = nowMs;
    for (const session of this.#context.sessions().values())
      for (const use of session.uses) {
        const isDue = (intervalMs: number): boolean =>
          Math.floor((nowMs - use.startedMs) / intervalMs) >
          Math.floor((lastMs - use.startedMs) / intervalMs);
        if (intervalsMs.some(isDue)) this.#tellOf(hooks, isDue, session, use);
      }
  }

  #tellOf(hooks: HookSet, isDue: (intervalMs: number) => boolean, session: Session, use: StreamUse): void {
    for (const hook of hooks.of(use.key))
      if (hook.events.has("update") && isDue(hook.options.updateIntervalMs))
        this.#guard.run(() => this.#update(hook, session, use));
  }
}
