import type { Entry, MessageCursor, Stream } from "@headgate/bus";
import type {
  Flushable,
  Gateway,
  RecordedFile,
  RecordingEvent,
  RecordingNews,
  StreamSource,
  Subscription,
} from "@headgate/gateway";
import { type Message, MessageType } from "@headgate/message";
import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { RecordingFormat, RecordOptions } from "./config.ts";
import { KeptHeaders } from "./kept-headers.ts";
import { type Manifest, TO_UPLOAD } from "./manifest.ts";
import type { OneAtATime } from "./one-at-a-time.ts";
import type { SavedIndexes } from "./playing/saved-indexes.ts";
import type { RecordingCounts } from "./recording-counts.ts";
import { FileDeleted } from "./recording-file.ts";
import { type Continuation, RecordingParts } from "./recording-parts.ts";
import { RecordingSegment, type SegmentOwner } from "./recording-segment.ts";
import { canBeMp4 } from "./recording-writer.ts";

export interface RecorderContext {
  readonly gateway: Pick<Gateway, "followUntold">;
  readonly root: string;
  readonly manifest: Manifest;
  readonly indexes: Pick<SavedIndexes, "save">;
  /** Stands for the stream for as long as its timestamps run on. */
  readonly take: string;
  /** One file after the other is finished: those that begin together end together, and an index takes its time. */
  readonly turns: OneAtATime;
  readonly counts: RecordingCounts;
  /** Whether what is finished now is to be uploaded. */
  readonly willUpload: () => boolean;
  readonly faults: Faults;
  readonly log: Logger;
  /** Milliseconds of the gateway's clock. */
  readonly now: () => number;
}

/** What is recorded, and how. */
export interface RecorderOptions {
  readonly stream: Stream;
  readonly record: RecordOptions;
  /** Who wants it. */
  readonly askedBy: "configuration" | "publisher" | "operator";
  /** What it goes on with, once that is known. Undefined for a new recording. */
  readonly continuation: Promise<Continuation | undefined> | undefined;
  readonly onNews: (news: RecordingNews) => void;
  readonly onFile: (event: RecordingEvent, file: FileFacts) => void;
  readonly onOver: () => void;
}

type FileFacts = Pick<RecordedFile, "file" | "startedMs" | "durationMs" | "bytes" | "reason">;

/** Why a file has ended. */
export type EndReason = "unpublished" | "segment" | "changed" | "lagged" | "stopped";

/** About as much as is read in one turn. Bytes. */
const MAX_READ_BYTES = 256 * 1024;

/** A message takes as long as so many bytes besides its payload. */
const MESSAGE_BYTES = 256;

/** What a crash costs, besides what the system has not written yet, is a little more: it is looked for four times a second. Milliseconds. */
const SAVE_MS = 900;

/** What is gathered in memory at most before it is written. Bytes. */
const MAX_GATHERED_BYTES = 256 * 1024;

/** A stream whose decoder configuration changes again and again has no file for each change. Milliseconds. */
const LEAST_CHANGED_MS = 1_000;

/** After a failure the next file is tried so much later; twice as late after each further one. Milliseconds. */
const RETRY_MS = 2_000;
const MAX_RETRY_MS = 60_000;

/**
 * Records one stream, from a cursor of its own: while the disk is slow, the cursor stands still, and the stream and its viewers
 * do not notice. If the log drops what it has still to read, it goes on in a new file.
 */
export class Recorder implements Flushable, SegmentOwner {
  lastPass = 0;
  isWoken = false;
  readonly guard: Guard;
  /** Resolves when its first file is there. */
  readonly opened: Promise<void>;
  /** Resolves when nothing is left to be written. */
  readonly over: Promise<void>;
  readonly options: RecorderOptions;
  /** Who publishes the stream, or did last. */
  source: StreamSource;
  readonly #context: RecorderContext;
  readonly #stream: Stream;
  readonly #log: Logger;
  #onFirstOpened: () => void = () => {};
  #onOver: () => void = () => {};
  #parts: RecordingParts | undefined;
  readonly #headers = new KeptHeaders();
  /** What MP4 cannot hold is recorded as FLV from then on. */
  #format: RecordingFormat;
  #subscription: Subscription<MessageCursor> | undefined;
  #segment: RecordingSegment | undefined;
  /** Files that are being finished. */
  readonly #finishing = new Map<RecordingSegment, EndReason>();
  /** Why a new file begins at the next sync point; undefined if none does. */
  #newFile: EndReason | undefined;
  #seenLags = 0;
  #lastDurationMs = 0;
  #gatheredBytes = 0;
  #savedMs = 0;
  #retryAtMs: number | undefined;
  #retryMs = RETRY_MS;
  #isEnding = false;

  constructor(context: RecorderContext, source: StreamSource, options: RecorderOptions) {
    const { stream, record, continuation } = options;
    this.source = source;
    this.options = options;
    this.#context = context;
    this.#stream = stream;
    this.#format = record.format === "flv" ? "flv" : "mp4";
    this.opened = new Promise((resolve) => {
      this.#onFirstOpened = resolve;
    });
    this.over = new Promise((resolve) => {
      this.#onOver = resolve;
    });
    if (!continuation) this.#parts = new RecordingParts();
    this.#log = context.log.child({ stream: stream.key.path });
    this.guard = new Guard(context.faults, "task", () => this.#giveUp());
  }

  get turnKey(): string {
    return this.#stream.key.path;
  }

  /** Whether it takes nothing more, though its file may still be written: a publisher that comes now needs another one. */
  get isEnded(): boolean {
    return this.#isEnding;
  }

  /** The file that it writes; empty until that is there. */
  get file(): string {
    return this.#segment?.path ?? "";
  }

  start(): void {
    this.#follow();
    const { continuation } = this.options;
    if (!continuation) return;
    const begin = (known: Continuation | undefined): void => {
      this.#parts = new RecordingParts(known);
      this.#subscription?.wake();
    };
    this.guard.settle(continuation, begin, () => begin(undefined));
  }

  /** Finishes its file. `onOver` is called when nothing is left to be written. */
  end(reason: EndReason): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#readRest();
    this.#leave();
    if (this.#segment) this.#finish(reason);
    this.#checkOver();
  }

  fail(error: unknown): void {
    this.guard.fail(error);
  }

  /** Called a few times a second: to be told of each message would cost several times as much. */
  sweep(nowMs: number): void {
    if (this.#isEnding) return;
    if (this.#retryAtMs === undefined) return this.flush();
    if (!this.#stream.live) return this.end("unpublished");
    if (nowMs < this.#retryAtMs) return;
    this.#retryAtMs = undefined;
    this.#follow();
  }

  /** Has it look for what is new before it would by itself. */
  wake(): void {
    this.#subscription?.wake();
  }

  /** Takes what is new, if nothing is being written. */
  flush(): void {
    const subscription = this.#subscription;
    if (!subscription || this.#segment?.isBusy || !this.#parts) return;
    const nowMs = this.#context.now();
    const isAll = this.#read(subscription.playback, nowMs);
    const isDue = nowMs - this.#savedMs >= SAVE_MS || this.#gatheredBytes >= MAX_GATHERED_BYTES;
    if (this.#segment && isDue) {
      this.#savedMs = nowMs;
      this.#gatheredBytes = 0;
      this.#segment.save();
    }
    if (!isAll) subscription.wake();
    else if (!this.#stream.live) this.end("unpublished");
  }

  onOpened(segment: RecordingSegment): void {
    const { format, startedMs, positionMs, timestamp, isSound } = segment.options;
    const { path: file } = segment;
    const { take, manifest } = this.#context;
    const { path: stream } = this.#stream.key;
    const place = { recording: this.#parts!.recordingOf(file), positionMs, take, timestamp, isSound };
    manifest.begun({ file, stream, format, startedMs, ...place });
    this.#log.info({ file }, "recording begun");
    this.#onFirstOpened();
    this.options.onFile("begun", { file, startedMs, durationMs: 0, bytes: 0, reason: undefined });
    if (!this.#isEnding) this.options.onNews("begun");
    this.#subscription?.wake();
  }

  onSaved(_segment: RecordingSegment): void {
    this.#retryMs = RETRY_MS;
    this.#subscription?.wake();
  }

  onFinished(segment: RecordingSegment): void {
    const reason = this.#finishing.get(segment)!;
    const { path: file, durationMs, bytes } = segment;
    const { startedMs } = segment.options;
    this.#finishing.delete(segment);
    if (bytes === 0) this.#context.manifest.deleted(file);
    else {
      const upload = this.#context.willUpload() && { upload: TO_UPLOAD };
      this.#context.manifest.complete({ file, durationMs, bytes, ...upload });
    }
    if (bytes === 0) this.#tellFailed(segment, "EMPTY");
    else this.options.onFile("complete", { file, startedMs, durationMs, bytes, reason });
    this.#context.counts.complete += 1;
    this.#context.counts.bytes += bytes;
    this.#log.info({ file, durationMs, bytes, reason }, "recording complete");
    this.#checkOver();
  }

  onFailed(segment: RecordingSegment, error: NodeJS.ErrnoException): void {
    this.#finishing.delete(segment);
    const { path: file, bytes } = segment;
    this.#context.counts.failed += 1;
    const isGone = bytes === 0 || error instanceof FileDeleted;
    if (file !== "" && isGone) this.#context.manifest.deleted(file);
    else if (file !== "") this.#context.manifest.failed({ file, bytes });
    const isCurrent = this.#segment === segment && !this.#isEnding;
    if (isCurrent) this.#retryLater();
    this.#log.error(
      {
        code: "RECORDING_FAILED",
        file,
        error: error.code ?? error.message,
        ...(isCurrent && { retryMs: this.#retryMs }),
      },
      "recording failed; the stream goes on",
    );
    if (isCurrent) this.options.onNews("failed");
    this.#tellFailed(segment, error.code ?? error.message);
    this.#checkOver();
  }

  /** What has come since it has looked last. While the disk is slow, that is left. */
  #readRest(): void {
    const { playback } = this.#subscription ?? {};
    if (!playback || !this.#segment || this.#segment.isBusy) return;
    while (!this.#read(playback, this.#context.now()));
  }

  #tellFailed({ path, options: { startedMs }, durationMs, bytes }: RecordingSegment, reason: string): void {
    const file = path === "" ? undefined : path;
    this.options.onFile("failed", { file, startedMs, durationMs, bytes, reason });
  }

  /** Returns whether everything was read that is there. */
  #read(cursor: MessageCursor, nowMs: number): boolean {
    for (let bytes = 0; bytes < MAX_READ_BYTES; ) {
      const entry = cursor.next(nowMs);
      if (!entry) return true;
      if (cursor.lagCount !== this.#seenLags) {
        this.#context.counts.lagged += cursor.lagCount - this.#seenLags;
        this.#seenLags = cursor.lagCount;
        this.#newFile = "lagged";
      }
      const size = MESSAGE_BYTES + entry.message.payload.length;
      bytes += size;
      this.#gatheredBytes += size;
      if (this.#put(entry, nowMs)) return false;
    }
    return false;
  }

  /** Returns whether a new file has begun, which takes nothing more until it is open. */
  #put(entry: Entry, nowMs: number): boolean {
    const { message, isHeader, isSync } = entry;
    if (isHeader && !this.#headers.keep(message)) return false;
    this.#check(message);
    if (isHeader) {
      if (this.#newFile === undefined) this.#segment?.write(message);
      return false;
    }
    const segment = this.#segment;
    if (!segment || (isSync && this.#isDue(segment))) {
      if (!isSync) return false;
      if (segment) this.#finish(this.#newFile ?? "segment");
      this.#begin(entry, nowMs);
      return true;
    }
    // What comes before the new file's keyframe cannot be decoded with what the old one's decoder was told.
    if (this.#newFile !== "changed" && this.#newFile !== "lagged") segment.write(message);
    return false;
  }

  /** What the file cannot hold begins another one. */
  #check(message: Message): void {
    if (this.#format === "mp4" && !canBeMp4(message)) this.#format = "flv";
    else if (!this.#segment?.needsNewFile(message)) return;
    if (this.#segment) this.#newFile ??= "changed";
  }

  #isDue(segment: RecordingSegment): boolean {
    const { segmentMs, segmentBytes } = this.options.record;
    if (this.#newFile === "changed") return segment.durationMs >= LEAST_CHANGED_MS;
    return this.#newFile !== undefined || segment.durationMs >= segmentMs || segment.bytes >= segmentBytes;
  }

  #begin({ message, arrivedMs }: Entry, nowMs: number): void {
    const startedMs = Math.round(Date.now() - (nowMs - arrivedMs));
    const { application, name: stream } = this.#stream.key;
    const name = this.options.record.name.pathOf({ application, stream, startedMs });
    const headers = this.#headers.at(message.timestamp);
    const { root, manifest: notes } = this.#context;
    const { timestamp } = message;
    const isSound = message.type === MessageType.audio;
    const positionMs = this.#parts!.begin(timestamp, startedMs, this.#lastDurationMs);
    const segment = new RecordingSegment(
      { root, name, format: this.#format, startedMs, positionMs, timestamp, isSound, notes },
      this,
    );
    for (const header of headers) segment.write(header);
    segment.write(message);
    this.#segment = segment;
    this.#newFile = undefined;
    this.#savedMs = nowMs;
    this.#gatheredBytes = 0;
  }

  #finish(reason: EndReason): void {
    const segment = this.#segment!;
    this.#segment = undefined;
    this.#lastDurationMs = segment.durationMs;
    this.#finishing.set(segment, reason);
    segment.finish(this.#context.turns, this.#context.indexes);
  }

  #retryLater(): void {
    this.#segment = undefined;
    this.#newFile = undefined;
    this.#leave();
    this.#retryAtMs = this.#context.now() + this.#retryMs;
    this.#retryMs = Math.min(MAX_RETRY_MS, 2 * this.#retryMs);
  }

  #giveUp(): void {
    this.end("stopped");
  }

  #follow(): void {
    this.#subscription = this.#context.gateway.followUntold(this.#stream, this);
    this.#seenLags = 0;
  }

  #leave(): void {
    this.#subscription?.leave();
    this.#subscription = undefined;
  }

  #checkOver(): void {
    if (!this.#isEnding || this.#finishing.size > 0) return;
    this.options.onOver();
    this.#onOver();
  }
}
