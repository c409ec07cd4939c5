import type { StreamKey } from "@headgate/bus";
import type { Hook } from "./hook.ts";
import type { StreamFacts } from "./hook-call.ts";

/** Something that hooks have allowed, and which of them. */
export interface AllowedStart {
  readonly stream: StreamFacts;
  readonly by: ReadonlySet<Hook>;
}

/** What hooks have allowed in one session and what has not begun so far, by its kind and path. */
export class AllowedStarts {
  readonly #starts = new Map<string, AllowedStart>();

  get size(): number {
    return this.#starts.size;
  }

  add(stream: StreamFacts, hook: Hook): void {
    const by = new Set(this.#starts.get(idOf(stream))?.by).add(hook);
    this.#starts.set(idOf(stream), { stream, by });
  }

  /** It will begin under another name. */
  rename(stream: StreamFacts, key: StreamKey): void {
    const start = this.#starts.get(idOf(stream));
    if (!start) return;
    this.#starts.delete(idOf(stream));
    const renamed = { ...stream, key };
    this.#starts.set(idOf(renamed), { ...start, stream: renamed });
  }

  /** It has begun, so its stop will be heard of. */
  begin(stream: Pick<StreamFacts, "kind" | "key">): void {
    this.#starts.delete(idOf(stream));
  }

  /** The first that was allowed and has not begun; forgets it. */
  take(): AllowedStart | undefined {
    const [first] = this.#starts.values();
    if (first) this.begin(first.stream);
    return first;
  }
}

function idOf({ kind, key }: Pick<StreamFacts, "kind" | "key">): string {
  return `${kind} ${key.path}`;
}
