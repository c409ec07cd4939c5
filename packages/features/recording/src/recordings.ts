import { randomUUID } from "node:crypto";
import { relative, resolve, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Applications, matchesPattern, type Stream, type StreamKey } from "@headgate/bus";
import type { Sweep, Swept } from "@headgate/driver";
import type { Gateway, StreamObserver, StreamSource } from "@headgate/gateway";
import type { Trust } from "@headgate/http-client";
import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { Askers } from "./askers.ts";
import type { ApplicationRecording, RecordingOptions, RecordOptions } from "./config.ts";
import { Downloads } from "./downloading/downloads.ts";
import { Keeper } from "./keeper.ts";
import { Manifest, type Recording } from "./manifest.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { RecordedFiles } from "./playing/recorded-files.ts";
import { SavedIndexes } from "./playing/saved-indexes.ts";
import type { ReadCached } from "./read-cached.ts";
import { Recorder, type RecorderOptions } from "./recorder.ts";
import type { RecordingControl, RecordingOutcome } from "./recording-control.ts";
import { newCounts, type RecordingCounts } from "./recording-counts.ts";
import type { Continuation } from "./recording-parts.ts";
import { RecordingSource } from "./recording-source.ts";
import type { OnRecovered } from "./recovery.ts";
import { Snapshots } from "./snapshots/snapshots.ts";
import { isUploadOn } from "./upload/uploads.ts";

export interface RecordingsParts {
  readonly gateway: Gateway;
  readonly options: RecordingOptions;
  readonly applications: Applications<ApplicationRecording>;
  readonly sweep: Pick<Sweep, "add" | "delete">;
  /** Whether a web server gets requests that are for nothing of ours. */
  readonly hasWebServer: boolean;
  readonly readCached: ReadCached | undefined;
  /** For servers that get recordings. */
  readonly trust: Trust;
  readonly log: Logger;
  /** Milliseconds of the gateway's clock. */
  readonly now: () => number;
  /** One of several processes looks after what was recorded: it finishes what was cut off, and deletes. */
  readonly isKeeper: boolean;
}

/** How long the end of the server waits for the disk. What is not finished then is finished by the next start. Milliseconds. */
const CLOSE_MS = 5_000;

/** How long a recording that goes on with an earlier one waits for the end of that one's file. Milliseconds. */
const CONTINUE_MS = 5_000;

/**
 * How long an operator waits for the name of the file that is begun. The stream's log has a keyframe, so it takes as long as to make a
 * file. Milliseconds.
 */
const OPEN_MS = 1_000;

/** All recordings of this process. */
export class Recordings implements StreamObserver, RecordingControl, Swept {
  readonly counts: RecordingCounts = newCounts();
  readonly manifest: Manifest;
  readonly files: RecordedFiles;
  readonly faults: Faults;
  readonly source: RecordingSource;
  readonly downloads: Downloads;
  readonly snapshots: Snapshots;
  /** The publishers that have asked for their recordings. */
  readonly askers: Askers;
  readonly #parts: RecordingsParts;
  readonly #guard: Guard;
  /** Those that record now. */
  readonly #recorders = new Map<Stream, Recorder>();
  /** With those that finish their files. */
  readonly #all = new Set<Recorder>();
  readonly #turns = new OneAtATime();
  readonly #indexes: SavedIndexes;
  readonly #takes = new WeakMap<Stream, string>();
  readonly #keeper: Keeper | undefined;
  #options: RecordingOptions;
  #onIdle: (() => void) | undefined;

  constructor(parts: RecordingsParts) {
    const { gateway, options } = parts;
    this.#parts = parts;
    this.#options = options;
    this.#guard = new Guard(gateway.faults, "task", () => {});
    const { applications, hasWebServer, log } = parts;
    const { root } = options;
    this.manifest = new Manifest(root, this.#guard, (error) => tellTrouble(log, error));
    this.#indexes = new SavedIndexes(root);
    const isWritten = (path: string): boolean | Promise<boolean> => {
      const file = fileIn(root, path);
      return file !== undefined && this.manifest.isWritten(file);
    };
    const files = new RecordedFiles(this.#guard, this.#indexes, isWritten, parts.readCached);
    this.files = files;
    this.faults = gateway.faults;
    const isLive = (path: string): boolean => gateway.streams.get(path)?.live === true;
    const source = new RecordingSource({
      ...{ root, applications, files, manifest: this.manifest, isLive, log },
      guard: this.#guard,
    });
    this.source = source;
    this.snapshots = new Snapshots({ gateway, hasWebServer, faults: gateway.faults, now: parts.now });
    this.downloads = new Downloads({
      ...{ gateway, source, files, hasWebServer, faults: gateway.faults, log },
      readCached: parts.readCached,
    });
    if (parts.isKeeper) {
      const { trust } = parts;
      const { counts, manifest } = this;
      const onRecovered: OnRecovered = (event, recording) => this.#tellRecovered(event, recording);
      this.#keeper = new Keeper({
        options,
        manifest,
        indexes: this.#indexes,
        trust,
        counts,
        faults: gateway.faults,
        log,
        onRecovered,
      });
    }
    this.askers = new Askers((stream) => this.#running(stream) !== undefined);
  }

  /** The folder of all recordings. */
  get root(): string {
    return this.#parts.options.root;
  }

  /** Streams that are being recorded. */
  get active(): number {
    return this.#recorders.size;
  }

  begin(): void {
    this.#parts.sweep.add(this);
    this.#keeper?.recover(this.#parts.now());
  }

  /** Whether a publisher may have the stream recorded. */
  mayRecord(key: StreamKey): boolean {
    const record = this.#recordOptionsOf(key);
    return record !== undefined && matchesPattern(record.streams, key.name);
  }

  /** Its recorder is to have ended before somebody publishes again. */
  unpublished(stream: Stream): void {
    this.#running(stream)?.wake();
  }

  published(stream: Stream, source: StreamSource): void {
    const { isInternal, type = "live" } = source;
    // The process in which it is published records it.
    if (isInternal) return;
    const record = this.#recordOptionsOf(stream.key);
    const isAsked = type !== "live";
    const running = this.#running(stream);
    if (running?.options.askedBy === "publisher" && !isAsked) running.end("stopped");
    else if (running) {
      running.source = source;
      return;
    }
    if (!record || !this.mayRecord(stream.key)) return;
    if (isAsked) {
      const continuation = type === "record" ? undefined : this.#continuationOf(stream, type !== "append");
      this.#record(source, { stream, record, askedBy: "publisher", continuation });
    } else if (record.when === "always") {
      this.#record(source, { stream, record, askedBy: "configuration", continuation: undefined });
    }
  }

  /** The operator decides, also on a stream that publishers may not have recorded. */
  async start(path: string): Promise<RecordingOutcome> {
    const { gateway } = this.#parts;
    const stream = gateway.streams.get(path);
    const source = stream && gateway.sourceOf(stream);
    if (!stream || !source || source.isInternal) return { kind: "absent" };
    if (this.#running(stream)) return { kind: "running" };
    const record = this.#recordOptionsOf(stream.key);
    if (!record) return { kind: "off" };
    const recorder = this.#record(source, {
      stream,
      record,
      askedBy: "operator",
      continuation: undefined,
    });
    this.askers.tell(stream, "begun");
    await Promise.race([recorder.opened, sleep(OPEN_MS, undefined, { ref: false })]);
    return { kind: "done", file: recorder.file || null };
  }

  async stop(path: string): Promise<RecordingOutcome> {
    const { gateway } = this.#parts;
    const stream = gateway.streams.get(path);
    if (!stream || gateway.sourceOf(stream)?.isInternal) return { kind: "absent" };
    const recorder = this.#running(stream);
    if (!recorder) return { kind: "idle" };
    const { file } = recorder;
    recorder.guard.run(() => recorder.end("stopped"));
    this.askers.tell(stream, "stopped");
    return { kind: "done", file: file || null };
  }

  #running(stream: Stream): Recorder | undefined {
    const recorder = this.#recorders.get(stream);
    return recorder?.isEnded === false ? recorder : undefined;
  }

  /** Undefined if nothing of the application is recorded. */
  #recordOptionsOf(key: StreamKey): RecordOptions | undefined {
    const record = this.#parts.applications.optionsOf(key)?.record;
    return record?.format === "off" ? undefined : record;
  }

  /** The newest recording of a stream, when its file is finished, or soon. */
  async #continuationOf({ key: { path } }: Stream, hasGap: boolean): Promise<Continuation | undefined> {
    const before = [...this.#all].filter(({ options }) => options.stream.key.path === path);
    const over = Promise.all(before.map((recorder) => recorder.over));
    await Promise.race([over, sleep(CONTINUE_MS, undefined, { ref: false })]);
    await this.manifest.settle();
    const newest = await this.manifest.newestOf(path);
    return newest && { newest, hasGap };
  }

  #record(source: StreamSource, options: Omit<RecorderOptions, "onNews" | "onFile" | "onOver">): Recorder {
    const { stream } = options;
    const { gateway, log, now } = this.#parts;
    const context = {
      gateway,
      root: this.root,
      manifest: this.manifest,
      indexes: this.#indexes,
      take: this.#takeOf(stream),
      turns: this.#turns,
      counts: this.counts,
      willUpload: () => isUploadOn(this.#options.upload),
      faults: gateway.faults,
      log,
      now,
    };
    const recorder: Recorder = new Recorder(context, source, {
      ...options,
      onNews: (news) => this.askers.tell(stream, news),
      onFile: (event, file) => {
        const { key } = stream;
        gateway.recordings.tell(event, { key, source: recorder.source, root: resolve(this.root), ...file });
        if (event === "complete") this.#keeper?.uploadSoon();
      },
      onOver: () => {
        if (this.#recorders.get(stream) === recorder) this.#recorders.delete(stream);
        this.#all.delete(recorder);
        if (this.#all.size === 0) this.#onIdle?.();
      },
    });
    this.#recorders.set(stream, recorder);
    this.#all.add(recorder);
    recorder.guard.run(() => recorder.start());
    return recorder;
  }

  /** A stream that is there for longer than its publishers has timestamps that run on. */
  #takeOf(stream: Stream): string {
    const known = this.#takes.get(stream);
    if (known !== undefined) return known;
    const take = randomUUID();
    this.#takes.set(stream, take);
    return take;
  }

  /** Who has published it nobody knows any more. */
  #tellRecovered(event: "complete" | "failed", recording: Recording): void {
    const { gateway } = this.#parts;
    const key = gateway.keyOf(recording.stream);
    if (typeof key === "string") return;
    const { file, startedMs, durationMs = 0, bytes = 0 } = recording;
    const reason = event === "complete" ? "recovered" : "RECORDING_UNFINISHED";
    const root = resolve(this.root);
    const source = { query: "" };
    gateway.recordings.tell(event, { key, source, root, file, startedMs, durationMs, bytes, reason });
  }

  reconfigure(options: RecordingOptions, applications: ReadonlyMap<string, ApplicationRecording>): void {
    this.#options = options;
    this.#keeper?.reconfigure(options);
    this.#parts.applications.replace(applications);
  }

  sweep(nowMs: number): void {
    for (const recorder of this.#recorders.values()) recorder.guard.run(() => recorder.sweep(nowMs));
    this.manifest.flush();
    this.files.sweep();
    this.#keeper?.sweep(nowMs);
  }

  /** Finishes all files. */
  async close(): Promise<void> {
    for (const recorder of [...this.#all]) recorder.guard.run(() => recorder.end("stopped"));
    if (this.#all.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((done) => {
        this.#onIdle = done;
        timer = setTimeout(this.#guard.entry(done), CLOSE_MS);
      });
      clearTimeout(timer);
    }
    this.#parts.sweep.delete(this);
    await this.#keeper?.close();
    await this.manifest.settle();
  }
}

function tellTrouble(log: Logger, error: NodeJS.ErrnoException | undefined): void {
  if (!error) return log.info("the manifest of recordings is written again");
  log.error(
    { code: "RECORDINGS_UNWRITABLE", error: error.code ?? error.message },
    "cannot write the manifest of recordings, and tries again; make room, or check the folder `recording.root`",
  );
}

/** As the manifest has it; undefined if it is elsewhere. */
function fileIn(root: string, path: string): string | undefined {
  const levels = relative(root, path).split(sep);
  return levels[0] === ".." ? undefined : levels.join("/");
}
