import { randomUUID } from "node:crypto";
import { appendFile, type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DAY } from "@headgate/config";
import type { Guard } from "@headgate/transport";
import type { RecordingFormat } from "./config.ts";

/** What is known of a recording. */
export interface Recording {
  /** Below the root of recordings, with `/` between its levels. */
  readonly file: string;
  /** The path of its stream. */
  readonly stream: string;
  readonly format: RecordingFormat;
  /** When its first frame arrived, and when it ended, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly durationMs?: number;
  readonly bytes?: number;
  readonly state: "recording" | "complete" | "failed";
  /** Those with the same are of one stream while it was there, whose timestamps run on. */
  readonly take?: string;
  /** Of the message with which it begins, in the time of the stream, and whether that is sound. Milliseconds. */
  readonly timestamp?: number;
  readonly isSound?: boolean;
  /** The run of the program that writes it. */
  readonly run: string;
  readonly pid: number;
}

export type BegunRecording = Pick<
  Recording,
  "file" | "stream" | "format" | "startedMs" | "take" | "timestamp" | "isSound"
>;
export type CompleteRecording = Required<Pick<Recording, "file" | "durationMs" | "bytes">>;
export type FailedRecording = Required<Pick<Recording, "file" | "bytes">>;

type Line = {
  readonly file: string;
  readonly event: "begun" | "complete" | "failed" | "deleted";
} & Partial<Recording>;

/** Its folder in the root. A stream's name cannot be the same: no level of a recording's path begins with a dot. */
const FOLDER = ".headgate";

/** Lines that wait for a disk that does not take them. */
const MAX_WAITING_LINES = 10_000;

/** The longest line that is read: longer ones are no lines of ours. */
const MAX_LINE_LENGTH = 8_192;

const ENDING = ".jsonl";

/** So long after its day nothing is added to a day's file, even if the disk was slow. Milliseconds. */
const LATE_LINES_MS = DAY;

/** What is read of the manifest at once: some thousand lines. Bytes. */
const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** Identifies this run of the program: a container gives each of them the same process number. */
const RUN = randomUUID();

/**
 * What has been recorded: a line for each event, appended to a file of the day, so that several processes can write. It is read
 * once, and then only as far as it has grown. Folders are never searched: that takes minutes for millions of files.
 */
export class Manifest {
  readonly #folder: string;
  readonly #guard: Guard;
  #waiting: Line[] = [];
  #isWriting = false;
  #written: Promise<void> = Promise.resolve();
  #reading: Promise<ReadonlyMap<string, Recording>> | undefined;
  #queued: Promise<ReadonlyMap<string, Recording>> | undefined;
  readonly #recordings = new Map<string, Recording>();
  /** The files of each stream's last take, by the path of the stream. */
  readonly #lastTakes = new Map<string, { readonly take: string; readonly files: Set<string> }>();
  /** The files that this process writes. */
  readonly #own = new Set<string>();
  /** How much of each day's file has been read. Bytes. */
  readonly #readBytes = new Map<string, number>();

  constructor(root: string, guard: Guard) {
    this.#folder = join(root, FOLDER);
    this.#guard = guard;
  }

  begun(recording: BegunRecording): void {
    this.#own.add(recording.file);
    this.#add({ ...recording, event: "begun", run: RUN, pid: process.pid });
  }

  complete(recording: CompleteRecording): void {
    this.#own.delete(recording.file);
    this.#add({ ...recording, event: "complete", endedMs: Date.now() });
  }

  failed(recording: FailedRecording): void {
    this.#own.delete(recording.file);
    this.#add({ ...recording, event: "failed", endedMs: Date.now() });
  }

  deleted(file: string): void {
    this.#own.delete(file);
    this.#add({ file, event: "deleted" });
  }

  /** All recordings that are there, by their file. Reads what has been added to the manifest, by whichever process. */
  read(): Promise<ReadonlyMap<string, Recording>> {
    this.#queued ??= this.#readAfter(this.#reading);
    return this.#queued;
  }

  /** What was recorded of a stream since it last began, the oldest first. */
  async lastTakeOf(stream: string): Promise<readonly Recording[]> {
    await this.read();
    const files = [...(this.#lastTakes.get(stream)?.files ?? [])];
    return files.flatMap((file) => this.#recordings.get(file) ?? []);
  }

  /** Whether this run of the program writes the recording, or another one that is still running. */
  isBeingWritten({ file, state, run, pid }: Recording): boolean {
    if (state !== "recording") return false;
    return run === RUN ? this.#own.has(file) : pid !== process.pid && isRunning(pid);
  }

  /** Whether a process of this server writes the file. */
  isWritten(file: string): boolean | Promise<boolean> {
    return this.#own.has(file) || this.#isWrittenElsewhere(file);
  }

  async #isWrittenElsewhere(file: string): Promise<boolean> {
    try {
      const recording = (await this.read()).get(file);
      return recording !== undefined && this.isBeingWritten(recording);
    } catch {
      // Then nobody can say, and the file is played as it is.
      return false;
    }
  }

  /** Writes what waits. Called a few times a second. */
  flush(): void {
    if (this.#isWriting || this.#waiting.length === 0) return;
    this.#isWriting = true;
    const lines = this.#waiting;
    this.#waiting = [];
    const writing = this.#append(lines);
    this.#written = writing.catch(() => {});
    this.#guard.settle(
      writing,
      () => {
        this.#isWriting = false;
      },
      () => {
        this.#isWriting = false;
        this.#waiting = [...lines, ...this.#waiting].slice(-MAX_WAITING_LINES);
      },
    );
  }

  /** Resolves when everything is written, or the disk does not take it. */
  async close(): Promise<void> {
    await this.#written;
    if (this.#waiting.length > 0) await this.#append(this.#waiting.splice(0)).catch(() => {});
  }

  /** Forgets the days of which nothing is left. */
  async prune(): Promise<void> {
    const oldest = Math.min(Date.now(), ...[...this.#recordings.values()].map(({ startedMs }) => startedMs));
    const first = fileOf(oldest - DAY);
    for (const file of [...this.#readBytes.keys()].filter((name) => name < first)) {
      await rm(join(this.#folder, file), { force: true });
      this.#readBytes.delete(file);
    }
  }

  #add(line: Line): void {
    this.#waiting.push(line);
    if (this.#waiting.length > MAX_WAITING_LINES) this.#waiting.shift();
    this.flush();
  }

  async #append(lines: readonly Line[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    await appendFile(join(this.#folder, fileOf(Date.now())), text);
  }

  /** One after the other: those who ask while it is being read share the next one. */
  async #readAfter(before: Promise<unknown> | undefined): Promise<ReadonlyMap<string, Recording>> {
    await Promise.allSettled([before]);
    this.#reading = this.#queued;
    this.#queued = undefined;
    const today = fileOf(Date.now() - LATE_LINES_MS);
    for (const file of await daysIn(this.#folder)) {
      if (file >= today || !this.#readBytes.has(file)) await this.#readDay(file);
    }
    return this.#recordings;
  }

  async #readDay(file: string): Promise<void> {
    const handle = await open(join(this.#folder, file));
    try {
      for (let isAll = false; !isAll; ) isAll = await this.#readPiece(file, handle);
    } finally {
      await handle.close();
    }
  }

  /** Returns whether there is no whole line left. */
  async #readPiece(file: string, handle: FileHandle): Promise<boolean> {
    const from = this.#readBytes.get(file) ?? 0;
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, from);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1;
    for (const text of buffer.toString("utf8", 0, end).split("\n")) this.#take(text);
    // A line that is longer than a piece is none of ours.
    const passed = end === 0 && bytesRead === PIECE_BYTES ? bytesRead : end;
    this.#readBytes.set(file, from + passed);
    return passed === 0 || bytesRead < PIECE_BYTES;
  }

  #take(text: string): void {
    const line = parseLine(text);
    if (!line) return;
    const { event, ...facts } = line;
    const known = this.#recordings.get(line.file);
    if (event === "deleted") {
      this.#recordings.delete(line.file);
      this.#forget(known);
    } else if (event === "begun") {
      const recording: Recording = { ...(facts as Recording), state: "recording" };
      this.#recordings.set(line.file, recording);
      this.#noteTake(recording);
    } else if (known) this.#recordings.set(line.file, { ...known, ...facts, state: event });
  }

  #noteTake({ stream, file, take }: Recording): void {
    if (take === undefined) return;
    const last = this.#lastTakes.get(stream);
    if (last?.take === take) last.files.add(file);
    else this.#lastTakes.set(stream, { take, files: new Set([file]) });
  }

  #forget(recording: Recording | undefined): void {
    if (!recording) return;
    const files = this.#lastTakes.get(recording.stream)?.files;
    if (files?.delete(recording.file) && files.size === 0) this.#lastTakes.delete(recording.stream);
  }
}

/** None if nothing has been recorded yet. */
async function daysIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(ENDING)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function fileOf(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 10)}${ENDING}`;
}

/** Undefined for what is no whole line, as after a loss of power. */
function parseLine(text: string): Line | undefined {
  if (text === "" || text.length > MAX_LINE_LENGTH) return undefined;
  try {
    const line = JSON.parse(text) as Line;
    return typeof line?.file === "string" && !leadsOut(line.file) ? line : undefined;
  } catch {
    return undefined;
  }
}

/** What the manifest names is deleted one day. */
function leadsOut(file: string): boolean {
  return file.split("/").some((level) => level === "" || level.startsWith("."));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
