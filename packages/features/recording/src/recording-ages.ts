import type { Recording } from "./manifest.ts";

export interface AgedRecording {
  readonly recording: Recording;
  /** The time since its end. */
  readonly ageMs: number;
}

/**
 * How old recordings are. The system's clock may jump, and would make old ones new or new ones old: it counts only for those that
 * had ended before they were looked at for the first time.
 */
export class RecordingAges {
  /** By file. */
  #endedAtMs: ReadonlyMap<string, number> = new Map();
  #lookedMs: number | undefined;

  /** All recordings that have ended. `nowMs` is of a clock that never jumps, `dateMs` of the system's. */
  of(ended: readonly Recording[], nowMs: number, dateMs: number): readonly AgedRecording[] {
    const mostMs = this.#lookedMs === undefined ? Number.POSITIVE_INFINITY : nowMs - this.#lookedMs;
    const endedAtMs = new Map<string, number>();
    const aged = ended.map((recording) => {
      const { file, startedMs, endedMs = startedMs } = recording;
      const newMs = nowMs - Math.min(mostMs, Math.max(0, dateMs - endedMs));
      const atMs = this.#endedAtMs.get(file) ?? newMs;
      endedAtMs.set(file, atMs);
      return { recording, ageMs: nowMs - atMs };
    });
    this.#endedAtMs = endedAtMs;
    this.#lookedMs = nowMs;
    return aged;
  }
}
