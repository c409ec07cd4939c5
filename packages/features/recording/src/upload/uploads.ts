import { join, resolve } from "node:path";
import type { Trust } from "@headgate/http-client";
import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { UploadOptions } from "../config.ts";
import type { Manifest, Recording, UploadFacts } from "../manifest.ts";
import type { RecordingCounts } from "../recording-counts.ts";
import { HttpUploads } from "./http-upload.ts";
import { runCommand } from "./upload-command.ts";
import { failureOf } from "./upload-failure.ts";

export interface UploadsParts {
  readonly root: string;
  readonly manifest: Manifest;
  readonly trust: Trust;
  readonly counts: RecordingCounts;
  readonly faults: Faults;
  readonly log: Logger;
}

/** How often a recording is tried: with the pauses below over some sixteen hours. */
const MAX_TRIES = 24;

/** How long to wait after a failure: twice as long each time. Milliseconds. */
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 3_600_000;

/** Uploads finished recordings, the oldest first. What it knows of them is in the manifest, so it goes on after a restart. */
export class Uploads {
  readonly #parts: UploadsParts;
  readonly #http: HttpUploads;
  readonly #guard: Guard;
  readonly #running = new Map<string, Promise<void>>();
  /** What the manifest may not say so far, because the disk does not take its lines. */
  readonly #news = new Map<string, UploadFacts>();
  readonly #closing = new AbortController();
  #options: UploadOptions;

  constructor(parts: UploadsParts, options: UploadOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#http = new HttpUploads(parts.trust);
    this.#guard = new Guard(parts.faults, "task", () => {});
  }

  get isOn(): boolean {
    return isUploadOn(this.#options);
  }

  reconfigure(options: UploadOptions): void {
    this.#options = options;
  }

  /** Whether the file has still to be uploaded, so that it is kept if possible. */
  isWaiting(recording: Recording): boolean {
    return this.isOn && isOpen(this.#withNews(recording));
  }

  /** Whether the file is being read. */
  isUploading({ file }: Recording): boolean {
    return this.#running.has(file);
  }

  /** Begins as many as there is room for. `onEnded` is called after each. */
  async begin(onEnded: () => void): Promise<void> {
    if (!this.isOn || this.#closing.signal.aborted) return;
    await this.#parts.manifest.settle();
    const all = [...(await this.#parts.manifest.read()).values()].map((each) => this.#withNews(each));
    const open = all.filter((each) => isOpen(each));
    this.#parts.counts.uploadsWaiting = open.length;
    const due = open.filter(
      ({ file, upload }) => !this.#running.has(file) && (upload?.atMs ?? 0) <= Date.now(),
    );
    due.sort((one, other) => one.startedMs - other.startedMs);
    for (const recording of due.slice(0, Math.max(0, this.#options.atOnce - this.#running.size)))
      this.#start(recording, onEnded);
  }

  /** Ends those under way, which the next start begins again. */
  async close(): Promise<void> {
    this.#closing.abort(new DOMException("the server ends", "AbortError"));
    await Promise.all(this.#running.values());
    await this.#http.close();
  }

  #withNews(recording: Recording): Recording {
    const upload = this.#news.get(recording.file);
    if (!upload) return recording;
    if (isSame(upload, recording.upload)) this.#news.delete(recording.file);
    return { ...recording, upload };
  }

  #start(recording: Recording, onEnded: () => void): void {
    const { file } = recording;
    const work = this.#upload(recording);
    const ended = (): void => {
      this.#running.delete(file);
      onEnded();
    };
    this.#running.set(file, work);
    this.#guard.settle(work, ended, (error) => {
      ended();
      throw error;
    });
  }

  async #upload(recording: Recording): Promise<void> {
    const { counts, log } = this.#parts;
    const { file, bytes } = recording;
    const tries = (recording.upload?.tries ?? 0) + 1;
    this.#tell(file, { state: "uploading", tries });
    const startedMs = performance.now();
    try {
      await this.#send(recording);
      this.#tell(file, { state: "uploaded", tries });
      counts.uploaded += 1;
      const elapsedMs = Math.round(performance.now() - startedMs);
      log.info({ file, bytes, tries, elapsedMs }, "recording uploaded");
    } catch (error) {
      this.#failed(file, tries, error);
    }
  }

  async #send({ file, stream }: Recording): Promise<void> {
    const { url, method, command, timeoutMs } = this.#options;
    const root = resolve(this.#parts.root);
    const uploaded = { file, path: join(root, file), stream };
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]);
    if (command) await runCommand(command, uploaded, root, this.#guard, signal);
    else if (url) await this.#http.send(url, method, uploaded, signal);
  }

  #failed(file: string, tries: number, error: unknown): void {
    if (this.#closing.signal.aborted) return this.#tell(file, { state: "pending", tries: tries - 1 });
    const { counts, log } = this.#parts;
    const { message, said } = failureOf(error);
    const line = { code: "UPLOAD_FAILED", file, tries, error: message, said };
    if (tries >= MAX_TRIES) {
      this.#tell(file, { state: "failed", tries });
      counts.uploadsFailed += 1;
      return log.error(line, "recording not uploaded; it is not tried again");
    }
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
    this.#tell(file, { state: "pending", tries, atMs: Date.now() + pauseMs });
    log.warn({ ...line, retryMs: pauseMs }, "recording not uploaded; it is tried again");
  }

  #tell(file: string, upload: UploadFacts): void {
    this.#news.set(file, upload);
    this.#parts.manifest.upload(file, upload);
  }
}

/** Whether recordings that are finished from now on are uploaded. */
export function isUploadOn({ url, command }: UploadOptions): boolean {
  return url !== undefined || command !== undefined;
}

function isOpen({ upload }: Recording): boolean {
  return upload?.state === "pending" || upload?.state === "uploading";
}

function isSame(one: UploadFacts, other: UploadFacts | undefined): boolean {
  return one.state === other?.state && one.tries === other.tries;
}
