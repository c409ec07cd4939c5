import type { StreamKey } from "@headgate/bus";
import { type Faults, Guard } from "@headgate/transport";
import type { StreamSource } from "./stream-observer.ts";

/** A file of a recording. */
export interface RecordedFile {
  readonly key: StreamKey;
  /** Where the stream comes from; of a file that an earlier run of the program has left nobody knows. */
  readonly source: Pick<StreamSource, "session" | "query">;
  /** The folder of all recordings. */
  readonly root: string;
  /** Below it, with `/` between its levels; undefined if the file could not be made. */
  readonly file: string | undefined;
  /** When its first frame arrived, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
  readonly durationMs: number;
  readonly bytes: number;
  /** Why it has ended, or what has failed; undefined for one that begins. */
  readonly reason: string | undefined;
}

/** What becomes of a file. */
export type RecordingEvent = "begun" | "complete" | "failed";

/** Hears of the files of recordings, in the process that writes them. */
export interface RecordingObserver {
  recorded(event: RecordingEvent, file: RecordedFile): void;
}

/** Those who hear of recordings. A feature tells of them. */
export class RecordingObservers {
  readonly #observers: RecordingObserver[] = [];
  /** An error in an observer must not end the recording that it hears of. */
  readonly #guard: Guard;

  constructor(faults: Faults) {
    this.#guard = new Guard(faults, "task", () => {});
  }

  add(observer: RecordingObserver): void {
    this.#observers.push(observer);
  }

  tell(event: RecordingEvent, file: RecordedFile): void {
    for (const observer of this.#observers) this.#guard.run(() => observer.recorded(event, file));
  }
}
