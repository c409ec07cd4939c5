import { randomUUID } from "node:crypto";
import { relative, sep } from "node:path";
import { type Applications, matchesPattern, type Stream } from "@headgate/bus";
import type { Sweep, Swept } from "@headgate/driver";
import type { Gateway, StreamObserver, StreamSource } from "@headgate/gateway";
import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { ApplicationRecording, KeepOptions, RecordingOptions } from "./config.ts";
import { Downloads } from "./downloading/downloads.ts";
import { FinishTurns } from "./finish-turns.ts";
import { Manifest } from "./manifest.ts";
import { RecordedFiles } from "./playing/recorded-files.ts";
import { SavedIndexes } from "./playing/saved-indexes.ts";
import { Recorder } from "./recorder.ts";
import { RecordingAges } from "./recording-ages.ts";
import { newCounts, type RecordingCounts } from "./recording-counts.ts";
import { RecordingSource } from "./recording-source.ts";
import { finishUnfinished } from "./recovery.ts";
import { enforceRetention } from "./retention.ts";
import { Snapshots } from "./snapshots/snapshots.ts";

export interface RecordingsParts {
  readonly gateway: Gateway;
  readonly options: RecordingOptions;
  readonly applications: Applications<ApplicationRecording>;
  readonly sweep: Pick<Sweep, "add" | "delete">;
  /** Whether a web server gets requests that are for nothing of ours. */
  readonly hasWebServer: boolean;
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
  readonly files: RecordedFiles;
  readonly faults: Faults;
  readonly source: RecordingSource;
  readonly downloads: Downloads;
  readonly snapshots: Snapshots;
  readonly #parts: RecordingsParts;
  readonly #guard: Guard;
  /** Those that record now. */
  readonly #recorders = new Map<Stream, Recorder>();
  /** With those that finish their files. */
  readonly #all = new Set<Recorder>();
  readonly #turns = new FinishTurns();
  readonly #ages = new RecordingAges();
  readonly #indexes: SavedIndexes;
  readonly #takes = new WeakMap<Stream, string>();
  #keep: KeepOptions;
  #keptMs = 0;
  #isKeeping = false;
  /** Whether it was told that they cannot be looked after. */
  #isUnreadable = false;
  #onIdle: (() => void) | undefined;

  constructor(parts: RecordingsParts) {
    const { gateway, options } = parts;
    this.#parts = parts;
    this.#keep = options.keep;
    this.#guard = new Guard(gateway.faults, "task", () => {});
    const { applications, hasWebServer, log } = parts;
    const { root } = options;
    this.manifest = new Manifest(root, this.#guard, (error) => tellTrouble(log, error));
    this.#indexes = new SavedIndexes(root);
    const files = new RecordedFiles(this.#guard, this.#indexes, (path) =>
      this.manifest.isWritten(fileIn(root, path)),
    );
    this.files = files;
    this.faults = gateway.faults;
    const isLive = (path: string): boolean => gateway.streams.get(path)?.live === true;
    const source = new RecordingSource({
      ...{ root, applications, files, manifest: this.manifest, isLive, log },
      guard: this.#guard,
    });
    this.source = source;
    this.snapshots = new Snapshots({ gateway, hasWebServer, faults: gateway.faults, now: parts.now });
    this.downloads = new Downloads({ gateway, source, files, hasWebServer, faults: gateway.faults, log });
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
    if (this.#parts.isKeeper) this.#look(() => this.#recover(this.#parts.now()));
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
      indexes: this.#indexes,
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
    this.files.sweep();
    if (!this.#parts.isKeeper || this.#isKeeping || nowMs - this.#keptMs < RETENTION_MS) return;
    this.#keptMs = nowMs;
    this.#look(() => this.#deleteOld(nowMs));
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

  /** Looks at once for what is not to be kept: from then on ages do not depend on the system's clock. */
  async #recover(nowMs: number): Promise<void> {
    await finishUnfinished(this.#parts.options.root, this.manifest, this.#parts.log);
    await this.#deleteOld(nowMs);
  }

  async #deleteOld(nowMs: number): Promise<void> {
    const { options, log } = this.#parts;
    const time = { ages: this.#ages, nowMs };
    const deleted = await enforceRetention(options.root, this.manifest, this.#keep, time);
    for (const { file, bytes } of deleted) log.info({ file, bytes }, "recording deleted");
  }

  #look(work: () => Promise<void>): void {
    this.#isKeeping = true;
    const { log } = this.#parts;
    this.#guard.settle(
      work(),
      () => {
        this.#isKeeping = false;
        this.#isUnreadable = false;
      },
      (error) => {
        this.#isKeeping = false;
        const { code, message } = error as NodeJS.ErrnoException;
        const line = { code: "RECORDINGS_UNREADABLE", error: code ?? message };
        const text = "cannot look after the recordings; check the folder `recording.root`";
        log[this.#isUnreadable ? "debug" : "error"](line, text);
        this.#isUnreadable = true;
      },
    );
  }
}

function tellTrouble(log: Logger, error: NodeJS.ErrnoException | undefined): void {
  if (!error) return log.info("the manifest of recordings is written again");
  log.error(
    { code: "RECORDINGS_UNWRITABLE", error: error.code ?? error.message },
    "cannot write the manifest of recordings, and tries again; make room, or check the folder `recording.root`",
  );
}

/** As the manifest has it. */
function fileIn(root: string, path: string): string {
  return relative(root, path).split(sep).join("/");
}
