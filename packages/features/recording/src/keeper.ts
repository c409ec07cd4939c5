import type { Trust } from "@headgate/http-client";
import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { RecordingOptions } from "./config.ts";
import type { Manifest } from "./manifest.ts";
import type { SavedIndexes } from "./playing/saved-indexes.ts";
import { RecordingAges } from "./recording-ages.ts";
import type { RecordingCounts } from "./recording-counts.ts";
import { finishUnfinished, type OnRecovered } from "./recovery.ts";
import { enforceRetention } from "./retention.ts";
import { Uploads } from "./upload/uploads.ts";

export interface KeeperParts {
  readonly options: RecordingOptions;
  readonly manifest: Manifest;
  readonly indexes: SavedIndexes;
  readonly trust: Trust;
  readonly counts: RecordingCounts;
  readonly faults: Faults;
  readonly log: Logger;
  readonly onRecovered: OnRecovered;
}

/** How often it is looked for recordings that are not to be kept. Milliseconds. */
const RETENTION_MS = 10_000;

/** The same for those that are to be uploaded: other processes finish some, too. Milliseconds. */
const UPLOAD_MS = 5_000;

/** Looks after what was recorded: finishes what was cut off, uploads, and deletes. One process of a server does. */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #guard: Guard;
  readonly #uploads: Uploads;
  #options: RecordingOptions;
  readonly #ages = new RecordingAges();
  #isKeeping = false;
  /** Whether it was told that they cannot be looked after. */
  #isUnreadable = false;
  #keptMs = 0;
  #isUploading = false;
  #uploadAtMs = 0;
  readonly #uploadSoon = (): void => {
    this.#uploadAtMs = 0;
  };

  constructor(parts: KeeperParts) {
    const { options, manifest, trust, counts, faults, log } = parts;
    this.#parts = parts;
    this.#options = options;
    this.#guard = new Guard(faults, "task", () => {});
    this.#uploads = new Uploads({ root: options.root, manifest, trust, counts, faults, log }, options.upload);
  }

  reconfigure(options: RecordingOptions): void {
    this.#options = options;
    this.#uploads.reconfigure(options.upload);
  }

  /** Looks at once for what is not to be kept: from then on ages do not depend on the system's clock. */
  recover(nowMs: number): void {
    const { options, manifest, indexes, log, onRecovered } = this.#parts;
    this.#look(async () => {
      const willUpload = (): boolean => this.#uploads.isOn;
      await finishUnfinished(options.root, { manifest, indexes, log, willUpload, onRecovered });
      await this.#deleteOld(nowMs);
    });
  }

  /** A recording of this process is complete. */
  uploadSoon(): void {
    this.#uploadSoon();
  }

  sweep(nowMs: number): void {
    if (!this.#isKeeping && nowMs - this.#keptMs >= RETENTION_MS) {
      this.#keptMs = nowMs;
      this.#look(() => this.#deleteOld(nowMs));
    }
    if (this.#isUploading || nowMs < this.#uploadAtMs) return;
    this.#isUploading = true;
    this.#uploadAtMs = nowMs + UPLOAD_MS;
    this.#guard.settle(
      this.#uploads.begin(this.#uploadSoon),
      () => {
        this.#isUploading = false;
      },
      (error) => {
        this.#isUploading = false;
        this.#complain(error);
      },
    );
  }

  close(): Promise<void> {
    return this.#uploads.close();
  }

  async #deleteOld(nowMs: number): Promise<void> {
    const { manifest, log } = this.#parts;
    const { root, keep } = this.#options;
    const time = { ages: this.#ages, nowMs };
    for (const recording of await enforceRetention(root, manifest, keep, this.#uploads, time)) {
      const { file, bytes } = recording;
      if (this.#uploads.isWaiting(recording))
        log.warn({ code: "RECORDING_NOT_UPLOADED", file, bytes }, "recording deleted before it was uploaded");
      else log.info({ file, bytes }, "recording deleted");
    }
  }

  #look(work: () => Promise<void>): void {
    this.#isKeeping = true;
    this.#guard.settle(
      work(),
      () => {
        this.#isKeeping = false;
        this.#isUnreadable = false;
      },
      (error) => {
        this.#isKeeping = false;
        this.#complain(error);
      },
    );
  }

  #complain(error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    this.#parts.log[this.#isUnreadable ? "debug" : "error"](
      { code: "RECORDINGS_UNREADABLE", error: code ?? message },
      "cannot look after the recordings; check the folder `recording.root`",
    );
    this.#isUnreadable = true;
  }
}
