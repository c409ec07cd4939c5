import { randomUUID } from "node:crypto";
import { appendFile, type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DAY } from "@headgate/config";
import type { Guard } from "@headgate/transport";
import type { RecordingFormat } from "./config.ts";
import { OneAtATime } from "./one-at-a-time.ts";

/** How far the upload of a recording is. */
export interface UploadFacts {
  readonly state: "pending" | "uploading" | "uploaded" | "failed";
  /** How often it was tried. */
  readonly tries: number;
  /** When it is tried again, in milliseconds since the Unix epoch. */
  readonly atMs?: number;
}

/** Of a recording that is complete. */
export const TO_UPLOAD: UploadFacts = { state: "pending", tries: 0 };

/** What is known of a recording. */
export interface Recording {
  /** Below the root of recordings, with `/` between its levels. */
  readonly file: string;
  /** The path of its stream. */
  readonly stream: string;
  readonly format: RecordingFormat;
  /** When its first frame arrived, and when it ended, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
  /** The first file of the recording that it is a part of, and where in that it begins. Milliseconds. */
  readonly recording: string;
  readonly positionMs: number;
  readonly endedMs?: number;
  readonly durationMs?: number;
  readonly bytes?: number;
  readonly state: "recording" | "complete" | "failed";
  /** There if it is to be uploaded. */
  readonly upload?: UploadFacts;
  /** The run of the program that writes it. */
  readonly run: string;
  readonly pid: number;
}

export type BegunRecording = Pick<
  Recording,
  "file" | "stream" | "format" | "startedMs" | "recording" | "positionMs"
>;
export type CompleteRecording = Required<Pick<Recording, "file" | "durationMs" | "bytes">> &
  Pick<Recording, "upload">;
export type FailedRecording = Required<Pick<Recording, "file" | "bytes">>;

type Line = {
  readonly file: string;
  readonly event: "begun" | "complete" | "failed" | "upload" | "deleted";
} & Partial<Recording>;

/** Its folder in the root. A stream's name cannot be the same: no level of a recording's path begins with a dot. */
const FOLDER = ".headgate";

/** Lines that wait for a disk that does not take them. */
const MAX_WAITING_LINES = 10_000;

/** The longest line that is read: longer ones are no lines of ours. */
const MAX_LINE_LENGTH = 8_192;

const ENDING = ".jsonl";

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
  readonly #recordings = new Map<string, Recording>();
  /** How much of each day's file has been read. Bytes. */
  readonly #readBytes = new Map<string, number>();
  readonly #reads = new OneAtATime();

  constructor(root: string, guard: Guard) {
    this.#folder = join(root, FOLDER);
    this.#guard = guard;
  }

  begun(recording: BegunRecording): void {
    this.#add({ ...recording, event: "begun", run: RUN, pid: process.pid });
  }

  complete(recording: CompleteRecording): void {
    this.#add({ ...recording, event: "complete", endedMs: Date.now() });
  }

  failed(recording: FailedRecording): void {
    this.#add({ ...recording, event: "failed", endedMs: Date.now() });
  }

  upload(file: string, upload: UploadFacts): void {
    this.#add({ file, event: "upload", upload });
  }

  deleted(file: string): void {
    this.#add({ file, event: "deleted" });
  }

  /** All recordings that are there, by their file. Reads what has been added to the manifest, by whichever process. */
  async read(): Promise<ReadonlyMap<string, Recording>> {
    await this.#reads.take(async () => {
      for (const file of await daysIn(this.#folder)) await this.#readDay(file);
    });
    return this.#recordings;
  }

  /** The newest recording of a stream that has something in it. */
  async newestOf(stream: string): Promise<Recording | undefined> {
    let newest: Recording | undefined;
    for (const recording of (await this.read()).values()) {
      if (recording.stream !== stream || (newest && newest.startedMs > recording.startedMs)) continue;
      newest = recording;
    }
    return newest;
  }

  /** Whether this run of the program writes the recording, or another one that is still running. */
  isBeingWritten({ state, run, pid }: Recording): boolean {
    if (state !== "recording") return false;
    return run === RUN || (pid !== process.pid && isRunning(pid));
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
  async settle(): Promise<void> {
    await this.#written;
    this.flush();
    await this.#written;
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
    if (event === "deleted") this.#recordings.delete(line.file);
    else if (event === "begun")
      this.#recordings.set(line.file, {
        recording: line.file,
        positionMs: 0,
        ...(facts as Omit<Recording, "recording" | "positionMs">),
        state: "recording",
      });
    else if (known && event === "upload") this.#recordings.set(line.file, { ...known, ...facts });
    else if (known && event !== "upload")
      this.#recordings.set(line.file, { ...known, ...facts, state: event });
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
