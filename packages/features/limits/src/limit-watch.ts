import type { Sweep, Swept } from "@headgate/driver";
import {
  REFUSALS,
  type RefusalCode,
  type Session,
  type SessionObserver,
  type StreamUse,
} from "@headgate/gateway";
import { type Faults, Guard } from "@headgate/transport";
import type { LimitRules } from "./limit-rules.ts";
import type { Slots } from "./slots.ts";
import { WatchedUse } from "./watched-use.ts";

/** How often bitrates that count together are told. Milliseconds. */
const REPORT_MS = 1_000;

/**
 * How long streams are looked at before everything else has its turn: what a publisher says about its codecs and its size can take
 * milliseconds to read. Milliseconds.
 */
const SLICE_MS = 4;

export interface LimitWatchParts {
  readonly rules: () => LimitRules;
  readonly slots: Slots;
  /** The slot of what a session publishes or plays. */
  readonly slotOf: (use: StreamUse) => string | undefined;
  readonly sweep: Pick<Sweep, "add" | "delete">;
  readonly faults: Faults;
  /** Milliseconds of the gateway's clock. */
  readonly now: () => number;
}

/** Ends what passes its limits while it runs. What has none is not looked at. */
export class LimitWatch implements SessionObserver, Swept {
  readonly #parts: LimitWatchParts;
  readonly #watched = new Map<StreamUse, WatchedUse>();
  /** Those that have still to be looked at. */
  #due: Iterator<WatchedUse> | undefined;
  #reportedMs = 0;
  readonly #onSlice: () => void;

  constructor(parts: LimitWatchParts) {
    this.#parts = parts;
    const guard = new Guard(parts.faults, "task", () => {
      this.#due = undefined;
    });
    this.#onSlice = guard.entry(() => this.#checkSlice());
    parts.slots.onExcess = (id) => this.#endSlot(id);
  }

  published(session: Session, use: StreamUse): void {
    this.#watch(session, use);
  }

  played(session: Session, use: StreamUse): void {
    this.#watch(session, use);
  }

  unpublished(_session: Session, use: StreamUse): void {
    this.#forget(use);
  }

  stopped(_session: Session, use: StreamUse): void {
    this.#forget(use);
  }

  /** Other limits are in force. */
  reconfigured(sessions: Iterable<Session>): void {
    for (const use of [...this.#watched.keys()]) this.#forget(use);
    for (const session of sessions) for (const use of session.uses) this.#watch(session, use);
  }

  sweep(nowMs: number): void {
    if (!this.#due) {
      this.#due = [...this.#watched.values()].values();
      this.#onSlice();
    }
    if (nowMs - this.#reportedMs < REPORT_MS) return;
    this.#reportedMs = nowMs;
    this.#report();
  }

  #checkSlice(): void {
    const nowMs = this.#parts.now();
    const endMs = performance.now() + SLICE_MS;
    for (let next = this.#due?.next(); next && !next.done; next = this.#due?.next()) {
      const watched = next.value;
      const passed = this.#watched.has(watched.use) ? watched.check(nowMs) : undefined;
      if (passed) end(watched, passed);
      if (performance.now() >= endMs) {
        setImmediate(this.#onSlice);
        return;
      }
    }
    this.#due = undefined;
  }

  #watch(session: Session, use: StreamUse): void {
    const { rules, sweep, now } = this.#parts;
    const { identity, limits: granted } = use.grants;
    const limits = rules().running(use.kind, use.key, { session, identity }, granted);
    if (!limits) return;
    if (this.#watched.size === 0) sweep.add(this);
    this.#watched.set(use, new WatchedUse(session, use, limits, now()));
  }

  #forget(use: StreamUse): void {
    if (this.#watched.delete(use) && this.#watched.size === 0) this.#parts.sweep.delete(this);
  }

  #report(): void {
    const reported = [...this.#watched.values()].flatMap(({ use, bitrate, limits: { isReported } }) => {
      const slot = isReported ? this.#parts.slotOf(use) : undefined;
      return slot === undefined || bitrate === undefined ? [] : [[slot, Math.round(bitrate)] as const];
    });
    if (reported.length > 0) this.#parts.slots.report(reported);
  }

  #endSlot(id: string): void {
    for (const watched of this.#watched.values())
      if (this.#parts.slotOf(watched.use) === id) return end(watched, "BITRATE_EXCEEDED");
  }
}

function end({ session, use }: WatchedUse, reason: RefusalCode): void {
  const status = use.kind === "publish" ? "NetStream.Publish.BadName" : "NetStream.Play.Failed";
  session.endUse(use, reason, status, REFUSALS[reason].told);
}
