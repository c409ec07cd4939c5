import { createHash } from "node:crypto";

/** What is kept for one hook: a hash and a grant each, some hundred bytes. */
const MAX_ENTRIES = 10_000;

/** What a hook has allowed, for a while. Keys are hashed: requests have credentials in them. */
export class AllowCache<Grant> {
  readonly #entries = new Map<string, { readonly grant: Grant; readonly untilMs: number }>();
  readonly #keepMs: number;

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  get(request: string, nowMs: number): Grant | undefined {
    const entry = this.#entries.get(hashOf(request));
    return entry && nowMs < entry.untilMs ? entry.grant : undefined;
  }

  /** All entries are kept for the same time, so the first is the oldest. */
  set(request: string, grant: Grant, nowMs: number): void {
    const key = hashOf(request);
    this.#entries.delete(key);
    this.#entries.set(key, { grant, untilMs: nowMs + this.#keepMs });
    for (const [oldest, { untilMs }] of this.#entries) {
      if (untilMs > nowMs && this.#entries.size <= MAX_ENTRIES) break;
      this.#entries.delete(oldest);
    }
  }
}

function hashOf(request: string): string {
  return createHash("sha256").update(request).digest("base64");
}
