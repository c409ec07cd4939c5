import { join } from "node:path";
import type { Message } from "@headgate/message";
import type { Guard } from "@headgate/transport";
import type { RecordingFormat } from "./config.ts";
import { inTurns } from "./in-turns.ts";
import type { OneAtATime } from "./one-at-a-time.ts";
import type { SavedIndexes } from "./playing/saved-indexes.ts";
import { type Notes, RecordingFile } from "./recording-file.ts";
import { createWriter, type RecordingWriter } from "./recording-writer.ts";

export interface SegmentOptions {
  /** The folder of all recordings. */
  readonly root: string;
  /** Below it, without its ending. */
  readonly name: string;
  readonly format: RecordingFormat;
  /** When its first frame arrived, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
  /** Of that, in the time of the stream. Milliseconds. */
  readonly timestamp: number;
  readonly isSound: boolean;
  /** Where in the recording it begins. Milliseconds. */
  readonly positionMs: number;
  readonly notes: Notes;
}

/** Hears what becomes of a segment. All calls come from the event loop, never from within a call of the segment. */
export interface SegmentOwner {
  readonly guard: Guard;
  onOpened(segment: RecordingSegment): void;
  /** What it was given has been written, and it takes more. */
  onSaved(segment: RecordingSegment): void;
  onFinished(segment: RecordingSegment): void;
  /** Nothing more is written to it. */
  onFailed(segment: RecordingSegment, error: NodeJS.ErrnoException): void;
}

/** One file of a recording: at most one write is under way, and what has come meanwhile waits in the stream's log. */
export class RecordingSegment {
  readonly options: SegmentOptions;
  readonly #owner: SegmentOwner;
  readonly #writer: RecordingWriter;
  #file: RecordingFile | undefined;
  /** What is under way. Rejected once something has failed. */
  #operation: Promise<void>;
  #isBusy = true;

  constructor(options: SegmentOptions, owner: SegmentOwner) {
    this.options = options;
    this.#owner = owner;
    this.#writer = createWriter(options.format, options.startedMs);
    this.#operation = this.#open();
    this.#then((segment) => {
      this.#isBusy = false;
      owner.onOpened(segment);
    });
  }

  /** Below the root; empty until it is there. */
  get path(): string {
    return this.#file?.path ?? "";
  }

  get durationMs(): number {
    return this.#writer.durationMs;
  }

  /** What has been written to the file. */
  get bytes(): number {
    return this.#file?.bytes ?? 0;
  }

  /** Whether a write is under way, so that nothing more should be given to it. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  write(message: Message): void {
    this.#writer.write(message);
  }

  needsNewFile(message: Message): boolean {
    return this.#writer.needsNewFile(message);
  }

  /** Writes what it was given to the file. */
  save(): void {
    if (this.#isBusy || !this.#file) return;
    const pieces = this.#writer.take();
    if (pieces.length === 0) return;
    this.#isBusy = true;
    this.#operation = this.#file.append(pieces);
    this.#then((segment) => {
      this.#isBusy = false;
      this.#owner.onSaved(segment);
    });
  }

  /** Makes an ordinary file of it when everything is written. */
  finish(turns: OneAtATime, indexes: Pick<SavedIndexes, "save">): void {
    this.#isBusy = true;
    this.#operation = this.#finishAfter(this.#operation, turns, indexes);
    this.#then((segment) => this.#owner.onFinished(segment));
  }

  async #open(): Promise<void> {
    const { root, name, format, notes } = this.options;
    this.#file = await RecordingFile.create(root, name, format, notes);
  }

  async #finishAfter(
    operation: Promise<void>,
    turns: OneAtATime,
    indexes: Pick<SavedIndexes, "save">,
  ): Promise<void> {
    await operation;
    await turns.take(async () => {
      const { tail, patches } = await inTurns(this.#writer.finish());
      const version = await this.#file?.finish(tail, patches);
      const index = version && this.#writer.saveIndex();
      if (index) await indexes.save(join(this.options.root, this.path), version, index);
    });
  }

  #then(onDone: (segment: RecordingSegment) => void): void {
    const operation = this.#operation;
    this.#owner.guard.settle(
      operation,
      () => {
        if (this.#operation === operation) onDone(this);
      },
      (error) => {
        if (this.#operation !== operation) return;
        this.#file?.abandon().catch(() => {});
        this.#owner.onFailed(this, error as NodeJS.ErrnoException);
      },
    );
  }
}
