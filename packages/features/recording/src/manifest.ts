import { randomUUID } from "node:crypto";
import { appendFile, type FileHandle, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { MIB } from "@headgate/config";
import type { Guard } from "@headgate/transport";
import type { RecordingFormat } from "./config.ts";
import { makeFolder } from "./make-folder.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { isRunning, processMark } from "./process-mark.ts";

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
  /** Those with the same are of one stream while it was there, whose timestamps run on. */
  readonly take?: string;
  /** Of the message with which it begins, in the time of the stream, and whether that is sound. Milliseconds. */
  readonly timestamp?: number;
  readonly isSound?: boolean;
  /** There if it is to be uploaded. */
  readonly upload?: UploadFacts;
  /** The run of the program that writes it. */
  readonly run: string;
  readonly pid: number;
  /** Tells the process from later ones of the same number. */
  readonly mark?: string | undefined;
}

export type BegunRecording = Pick<
  Recording,
  "file" | "stream" | "format" | "startedMs" | "take" | "timestamp" | "isSound" | "recording" | "positionMs"
>;
export type CompleteRecording = Required<Pick<Recording, "file" | "durationMs" | "bytes">> &
  Pick<Recording, "upload">;
export type FailedRecording = Required<Pick<Recording, "file" | "bytes">>;

type Line = {
  readonly file: string;
  readonly event: "opening" | "unopened" | "begun" | "complete" | "failed" | "upload" | "deleted";
} & Partial<Recording>;

/** Its folder in the root. A stream's name cannot be the same: no level of a recording's path begins with a dot. */
const FOLDER = ".headgate";

/** Lines that wait for a disk that does not take them. */
const MAX_WAITING_LINES = 10_000;

/** The longest line that is read: longer ones are no lines of ours. */
const MAX_LINE_LENGTH = 8_192;

/** The files are numbered, in the order in which they were begun: the clock may jump. */
const FILE_NAME = /^\d{10}\.jsonl$/;
const NUMBER_DIGITS = 10;

/** What a file has at least when another one begins: some ten thousand lines. Bytes. */
const MIN_FILE_BYTES = 4 * MIB;

/** What is read of the manifest at once: some thousand lines. Bytes. */
const PIECE_BYTES: number = MIB;
const NEWLINE = 0x0a;

/** Identifies this run of the program: a container gives each of them the same process number. */
const RUN = randomUUID();
const MARK = processMark(process.pid);

interface Known extends Recording {
  /** The file of the manifest in which it begins. */
  readonly notedIn: string;
}

/** A file that a process was about to make. */
type Opening = Pick<Recording, "file" | "run" | "pid" | "mark"> & Pick<Known, "notedIn">;

/** Called when the manifest cannot be written, and without an error when it is written again. */
type OnTrouble = (error?: NodeJS.ErrnoException) => void;

/**
 * What has been recorded: a line for each event, appended to the newest file, so that several processes can write. It is read
 * once, and then only as far as it has grown. Folders are never searched: that takes minutes for millions of files.
 */
export class Manifest {
  readonly #folder: string;
  readonly #guard: Guard;
  readonly #onTrouble: OnTrouble;
  #waiting: Line[] = [];
  #isWriting = false;
  #isInTrouble = false;
  #written: Promise<void> = Promise.resolve();
  #queued: Promise<ReadonlyMap<string, Recording>> | undefined;
  readonly #recordings = new Map<string, Known>();
  readonly #openings = new Map<string, Opening>();
  /** The files of each stream's last take, by the path of the stream. */
  readonly #lastTakes = new Map<string, { readonly take: string; readonly files: Set<string> }>();
  /** The files that this process writes. */
  readonly #own = new Set<string>();
  /** How much of each file has been read. Bytes. */
  readonly #readBytes = new Map<string, number>();
  readonly #reads = new OneAtATime();

  constructor(root: string, guard: Guard, onTrouble: OnTrouble = () => {}) {
    this.#folder = join(root, FOLDER);
    this.#guard = guard;
    this.#onTrouble = onTrouble;
  }

  /** The file is about to be made. Resolves when that is written, or the disk does not take it. */
  async opening(file: string): Promise<void> {
    this.#add({ file, event: "opening", run: RUN, pid: process.pid, mark: MARK });
    await this.settle();
  }

  /** The file was not made, or is no more. */
  unopened(file: string): void {
    this.#add({ file, event: "unopened" });
  }

  begun(recording: BegunRecording): void {
    this.#own.add(recording.file);
    this.#add({ ...recording, event: "begun", run: RUN, pid: process.pid, mark: MARK });
  }

  complete(recording: CompleteRecording): void {
    this.#own.delete(recording.file);
    this.#add({ ...recording, event: "complete", endedMs: Date.now() });
  }

  failed(recording: FailedRecording): void {
    this.#own.delete(recording.file);
    this.#add({ ...recording, event: "failed", endedMs: Date.now() });
  }

  upload(file: string, upload: UploadFacts): void {
    this.#add({ file, event: "upload", upload });
  }

  deleted(file: string): void {
    this.#own.delete(file);
    this.#add({ file, event: "deleted" });
  }

  /** All recordings that are there, by their file. Reads what has been added to the manifest, by whichever process. */
  async read(): Promise<ReadonlyMap<string, Recording>> {
    this.#queued ??= this.#readNext();
    return this.#queued;
  }

  /** The files that were about to be made by processes that are gone, and may be there with nothing in them. */
  async unbegun(): Promise<readonly string[]> {
    await this.read();
    return [...this.#openings.values()]
      .filter(({ run, pid, mark }) => run !== RUN && (pid === process.pid || !isRunning(pid, mark)))
      .map(({ file }) => file);
  }

  /** What was recorded of a stream since it last began, the oldest first. */
  async lastTakeOf(stream: string): Promise<readonly Recording[]> {
    await this.read();
    const files = [...(this.#lastTakes.get(stream)?.files ?? [])];
    return files.flatMap((file) => this.#recordings.get(file) ?? []);
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
  isBeingWritten({ file, state, run, pid, mark }: Recording): boolean {
    if (state !== "recording") return false;
    return run === RUN ? this.#own.has(file) : pid !== process.pid && isRunning(pid, mark);
  }

  /** Whether a process of this server writes the file. Rejects if the manifest cannot be read: then nobody can say. */
  isWritten(file: string): boolean | Promise<boolean> {
    return this.#own.has(file) || this.#isWrittenElsewhere(file);
  }

  async #isWrittenElsewhere(file: string): Promise<boolean> {
    const recording = (await this.read()).get(file);
    return recording !== undefined && this.isBeingWritten(recording);
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
        if (this.#isInTrouble) this.#onTrouble();
        this.#isInTrouble = false;
      },
      (error) => {
        this.#isWriting = false;
        this.#waiting = [...lines, ...this.#waiting].slice(-MAX_WAITING_LINES);
        if (!this.#isInTrouble) this.#onTrouble(error as NodeJS.ErrnoException);
        this.#isInTrouble = true;
      },
    );
  }

  /** Resolves when everything is written, or the disk does not take it. */
  async settle(): Promise<void> {
    await this.#written;
    this.flush();
    await this.#written;
  }

  /** Deletes the oldest files, of which nothing is left. */
  async prune(): Promise<void> {
    const files = await filesIn(this.#folder);
    const all = [...this.#recordings.values(), ...this.#openings.values()];
    const needed = new Set(all.map(({ notedIn }) => notedIn));
    // What comes behind a file that is needed may be about its recordings, and the newest one is being written.
    for (const file of files.slice(0, -1)) {
      if (needed.has(file) || !this.#readBytes.has(file)) return;
      await rm(join(this.#folder, file), { force: true });
      this.#readBytes.delete(file);
    }
  }

  #add(line: Line): void {
    this.#waiting.push(line);
    if (this.#waiting.length > MAX_WAITING_LINES) this.#waiting.shift();
    this.flush();
  }

  /** The lines begin with an end of line: what was written before may have been cut off by a full disk or a loss of power. */
  async #append(lines: readonly Line[]): Promise<void> {
    await makeFolder(this.#folder);
    const text = lines.map((line) => `\n${JSON.stringify(line)}`).join("");
    await appendFile(join(this.#folder, await currentIn(this.#folder)), `${text}\n`);
  }

  /** One after the other: those who ask while it is being read share the next one. */
  async #readNext(): Promise<ReadonlyMap<string, Recording>> {
    await this.#reads.take(async () => {
      this.#queued = undefined;
      // What this process has added while a write was under way, too.
      await this.settle();
      for (const file of await filesIn(this.#folder)) await this.#readFile(file);
    });
    return this.#recordings;
  }

  async #readFile(file: string): Promise<void> {
    const handle = await open(join(this.#folder, file));
    try {
      // It is another one of that name if the folder was deleted meanwhile.
      if ((await handle.stat()).size < (this.#readBytes.get(file) ?? 0)) this.#readBytes.delete(file);
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
    for (const text of buffer.toString("utf8", 0, end).split("\n")) this.#take(text, file);
    // A line that is longer than a piece is none of ours.
    const passed = end === 0 && bytesRead === PIECE_BYTES ? bytesRead : end;
    this.#readBytes.set(file, from + passed);
    return passed === 0 || bytesRead < PIECE_BYTES;
  }

  #take(text: string, notedIn: string): void {
    const line = parseLine(text);
    if (!line) return;
    const { event, ...facts } = line;
    const known = this.#recordings.get(line.file);
    if (event === "opening") {
      this.#openings.set(line.file, { ...(facts as Omit<Opening, "notedIn">), notedIn });
      return;
    }
    this.#openings.delete(line.file);
    if (event === "unopened") return;
    if (event === "deleted") {
      this.#recordings.delete(line.file);
      this.#forget(known);
    } else if (event === "begun") {
      const begun = facts as Omit<Recording, "recording" | "positionMs">;
      const recording: Known = {
        ...{ recording: line.file, positionMs: 0, ...begun },
        ...{ state: "recording", notedIn },
      };
      this.#recordings.set(line.file, recording);
      this.#noteTake(recording);
    } else if (known) {
      const state = event === "upload" ? known.state : event;
      this.#recordings.set(line.file, { ...known, ...facts, state });
    }
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

/** In the order in which they were begun. None if nothing has been recorded yet. */
async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** The file to which lines are appended now. */
async function currentIn(folder: string): Promise<string> {
  const newest = (await filesIn(folder)).at(-1);
  if (newest === undefined) return fileName(1);
  const { size } = await stat(join(folder, newest));
  return size < MIN_FILE_BYTES ? newest : fileName(Number.parseInt(newest, 10) + 1);
}

function fileName(number: number): string {
  return `${String(number).padStart(NUMBER_DIGITS, "0")}.jsonl`;
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
