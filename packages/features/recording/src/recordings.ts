import { setTimeout as sleep } from "node:timers/promises";
import { type Applications, matchesPattern, type Stream, type StreamKey } from "@headgate/bus";
import type { Sweep, Swept } from "@headgate/driver";
import type { Gateway, RecordingNews, StreamObserver, StreamSource } from "@headgate/gateway";
import { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { Askers } from "./askers.ts";
import type { ApplicationRecording, KeepOptions, RecordingOptions, RecordOptions } from "./config.ts";
import { Manifest } from "./manifest.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { RecordedFiles } from "./playing/recorded-files.ts";
import { Recorder, type RecorderOptions } from "./recorder.ts";
import type { RecordingControl, RecordingOutcome } from "./recording-control.ts";
import { newCounts, type RecordingCounts } from "./recording-counts.ts";
import type { Continuation } from "./recording-parts.ts";
import { RecordingSource } from "./recording-source.ts";
import { finishUnfinished } from "./recovery.ts";
import { enforceRetention } from "./retention.ts";

export interface RecordingsParts {
  readonly gateway: Gateway;
  readonly options: RecordingOptions;
  readonly applications: Applications<ApplicationRecording>;
  readonly sweep: Pick<Sweep, "add" | "delete">;
  readonly log: Logger;
  /** Milliseconds of the gateway's clock. */
  readonly now: () => number;
  /** One of several processes looks after what was recorded: it finishes what was cut off, and deletes. */
  readonly isKeeper: boolean;
}

/** How often it is looked for recordings that are not to be kept. Milliseconds. */
const RETENTION_MS = 10_000;

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
  readonly source: RecordingSource;
  /** The publishers that have asked for their recordings. */
  readonly askers: Askers;
  readonly #parts: RecordingsParts;
  readonly #guard: Guard;
  /** Those that record now. */
  readonly #recorders = new Map<Stream, Recorder>();
  /** With those that finish their files. */
  readonly #all = new Set<Recorder>();
  readonly #turns = new OneAtATime();
  #keep: KeepOptions;
  #keptMs = 0;
  #isKeeping = false;
  #onIdle: (() => void) | undefined;

  constructor(parts: RecordingsParts) {
    const { gateway, options } = parts;
    this.#parts = parts;
    this.#keep = options.keep;
    this.#guard = new Guard(gateway.faults, "task", () => {});
    this.manifest = new Manifest(options.root, this.#guard);
    const { applications, log } = parts;
    const files = new RecordedFiles(this.#guard);
    this.source = new RecordingSource({ root: options.root, applications, files, log });
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
    if (this.#parts.isKeeper) this.#look(() => this.#recover());
  }

  /** Whether a publisher may have the stream recorded. */
  mayRecord(key: StreamKey): boolean {
    const record = this.#recordOptionsOf(key);
    return record !== undefined && matchesPattern(record.streams, key.name);
  }

  published(stream: Stream, { isInternal, type = "live" }: StreamSource): void {
    // The process in which it is published records it.
    if (isInternal) return;
    const record = this.#recordOptionsOf(stream.key);
    const isAsked = type !== "live";
    const running = this.#running(stream);
    if (running?.options.askedBy === "publisher" && !isAsked) running.end("stopped");
    else if (running) return;
    if (!record || !this.mayRecord(stream.key)) return;
    if (isAsked) {
      const continuation = type === "record" ? undefined : this.#continuationOf(stream, type !== "append");
      this.#record({ stream, record, askedBy: "publisher", continuation });
    } else if (record.when === "always") {
      this.#record({ stream, record, askedBy: "configuration", continuation: undefined });
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
    const recorder = this.#record({ stream, record, askedBy: "operator", continuation: undefined });
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

  #record(options: Omit<RecorderOptions, "onNews" | "onOver">): Recorder {
    const { stream } = options;
    const { gateway, log, now } = this.#parts;
    const context = {
      gateway,
      root: this.root,
      manifest: this.manifest,
      turns: this.#turns,
      counts: this.counts,
      faults: gateway.faults,
      log,
      now,
    };
    const recorder: Recorder = new Recorder(context, {
      ...options,
      onNews: (news) => this.#tell(recorder, news),
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

  #tell({ options: { stream } }: Recorder, news: RecordingNews): void {
    this.askers.tell(stream, news);
  }

  reconfigure({ keep }: RecordingOptions, applications: ReadonlyMap<string, ApplicationRecording>): void {
    this.#keep = keep;
    this.#parts.applications.replace(applications);
  }

  sweep(nowMs: number): void {
    for (const recorder of this.#recorders.values()) recorder.guard.run(() => recorder.sweep(nowMs));
    this.manifest.flush();
    if (!this.#parts.isKeeper || this.#isKeeping || nowMs - this.#keptMs < RETENTION_MS) return;
    this.#keptMs = nowMs;
    this.#look(() => this.#deleteOld());
  }

  /** Finishes all files. */
  async close(): Promise<void> {
    for (const recorder of [...this.#all]) recorder.guard.run(() => recorder.end("stopped"));
    if (this.#all.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
        timer = setTimeout(this.#guard.entry(resolve), CLOSE_MS);
      });
      clearTimeout(timer);
    }
    this.#parts.sweep.delete(this);
    await this.manifest.settle();
  }

  async #recover(): Promise<void> {
    await finishUnfinished(this.#parts.options.root, this.manifest, this.#parts.log);
  }

  async #deleteOld(): Promise<void> {
    const deleted = await enforceRetention(this.#parts.options.root, this.manifest, this.#keep);
    for (const { file, bytes } of deleted) this.#parts.log.info({ file, bytes }, "recording deleted");
  }

  #look(work: () => Promise<void>): void {
    this.#isKeeping = true;
    this.#guard.settle(
      work(),
      () => {
        this.#isKeeping = false;
      },
      (error) => {
        this.#isKeeping = false;
        const { code, message } = error as NodeJS.ErrnoException;
        this.#parts.log.error(
          { code: "RECORDINGS_UNREADABLE", error: code ?? message },
          "cannot look after the recordings; check the folder `recording.root`",
        );
      },
    );
  }
}
