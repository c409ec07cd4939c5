import { randomUUID } from "node:crypto";
import { relative, sep } from "node:path";
import { type Applications, matchesPattern, type Stream } from "@headgate/bus";
import type { Sweep, Swept } from "@headgate/driver";
import type { Gateway, StreamObserver, StreamSource } from "@headgate/gateway";
import { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { ApplicationRecording, KeepOptions, RecordingOptions } from "./config.ts";
import { FinishTurns } from "./finish-turns.ts";
import { Manifest } from "./manifest.ts";
import { RecordedFiles } from "./playing/recorded-files.ts";
import { Recorder } from "./recorder.ts";
import { newCounts, type RecordingCounts } from "./recording-counts.ts";
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

/** All recordings of this process. */
export class Recordings implements StreamObserver, Swept {
  readonly counts: RecordingCounts = newCounts();
  readonly manifest: Manifest;
  readonly source: RecordingSource;
  readonly #parts: RecordingsParts;
  readonly #guard: Guard;
  /** Those that record now. */
  readonly #recorders = new Map<Stream, Recorder>();
  /** With those that finish their files. */
  readonly #all = new Set<Recorder>();
  readonly #turns = new FinishTurns();
  readonly #files: RecordedFiles;
  readonly #takes = new WeakMap<Stream, string>();
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
    this.#files = new RecordedFiles(this.#guard, (path) =>
      this.manifest.isWritten(fileIn(options.root, path)),
    );
    const { root } = options;
    const isLive = (path: string): boolean => gateway.streams.get(path)?.live === true;
    this.source = new RecordingSource({
      ...{ root, applications, files: this.#files, manifest: this.manifest, isLive, log },
      guard: this.#guard,
    });
  }

  /** The folder of all recordings. */
  get root(): string {
    return this.#parts.options.root;
  }

  /** Streams that are being recorded. */
  get active(): number {
    return this.#recorders.size;
  }

  start(): void {
    this.#parts.sweep.add(this);
    if (this.#parts.isKeeper) this.#look(() => this.#recover());
  }

  published(stream: Stream, source: StreamSource): void {
    // The process in which it is published records it.
    if (source.isInternal || this.#recorders.get(stream)?.isEnded === false) return;
    const record = this.#parts.applications.optionsOf(stream.key)?.record;
    if (!record || record.format === "off" || !matchesPattern(record.streams, stream.key.name)) return;
    const { gateway, options, log, now } = this.#parts;
    const context = {
      gateway,
      root: options.root,
      manifest: this.manifest,
      take: this.#takeOf(stream),
      turns: this.#turns,
      counts: this.counts,
      faults: gateway.faults,
      log,
      now,
    };
    const recorder = new Recorder(context, stream, record, () => {
      if (this.#recorders.get(stream) === recorder) this.#recorders.delete(stream);
      this.#all.delete(recorder);
      if (this.#all.size === 0) this.#onIdle?.();
    });
    this.#recorders.set(stream, recorder);
    this.#all.add(recorder);
    recorder.guard.run(() => recorder.start());
  }

  /** A stream that is there for longer than its publishers has timestamps that run on. */
  #takeOf(stream: Stream): string {
    const known = this.#takes.get(stream);
    if (known !== undefined) return known;
    const take = randomUUID();
    this.#takes.set(stream, take);
    return take;
  }

  reconfigure({ keep }: RecordingOptions, applications: ReadonlyMap<string, ApplicationRecording>): void {
    this.#keep = keep;
    this.#parts.applications.replace(applications);
  }

  sweep(nowMs: number): void {
    for (const recorder of this.#recorders.values()) recorder.guard.run(() => recorder.sweep(nowMs));
    this.manifest.flush();
    this.#files.sweep();
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
    await this.manifest.close();
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

/** As the manifest has it. */
function fileIn(root: string, path: string): string {
  return relative(root, path).split(sep).join("/");
}
